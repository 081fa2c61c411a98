// IPv6 that leads nowhere, as at many homes: nobody may notice (RFC 8305).
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { startBlackHole } from './support/black_hole.js';
import { Authority } from './support/certificates.js';
import { host, srv, startDns, XMPP } from './support/dns.js';
import { startProsody } from './support/prosody.js';
import { launchProxy } from './support/proxy.js';
import { PAIRS, user } from './support/users.js';
import { Wire } from './support/wire.js';

const hasIpv6 = Object.values(networkInterfaces()).flat().some(({ address }) => address === '::1');

describe('IPv6 that leads nowhere', { skip: hasIpv6 ? false : 'this machine has no ::1' }, () => {
  let ca, prosody, hole, dns, proxy;
  before(async () => {
    ca = new Authority('root');
    prosody = await startProsody({ hosts: { 'example.test': ca.issue('example.test') }, requireTls: true });
    hole = await startBlackHole({ port: prosody.port, address: '::1' });
    const records = [srv(`${XMPP}.example.test`, 'both.test', prosody.port), host('both.test', '127.0.0.1', '::1')];
    dns = await startDns(records);
    proxy = await launchProxy(...dns.option, '--ca-file', ca.file, '--domain', 'example.test', '--log-level', 'debug');
  });
  after(() => Promise.all([prosody, hole, dns, proxy].map((one) => one?.process.kill())));

  it('delays a login by less than a second', async () => {
    const begin = performance.now();
    const page = await Wire.login(proxy.url, user(PAIRS[0].alice.name, 'example.test'));
    const ms = performance.now() - begin;
    assert.equal((await page.close()).code, 1000);
    assert.match(proxy.process.text('stderr'), /connecting.*::1/, 'it was tried');
    assert.ok(ms < 1000, `${ms} ms`);
  });
});
