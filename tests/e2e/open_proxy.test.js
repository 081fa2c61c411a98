// A page must not reach through wsxmpp what the operator did not name.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Authority } from './support/certificates.js';
import { host, srv, startDns, XMPP, XMPPS } from './support/dns.js';
import { refused } from './support/failure.js';
import { startProsody } from './support/prosody.js';
import { launchProxy, runToEnd } from './support/proxy.js';
import { startScripted } from './support/scripted.js';
import { PAIRS, user } from './support/users.js';
import { Wire } from './support/wire.js';

// What a page could name to get inside, by the address it leads to.
const INSIDE = {
  'loopback.test': '127.0.0.1',
  'anothers-loopback.test': '127.1.2.3',
  'loopback6.test': '::1',
  'ten.test': '10.0.0.1',
  'home.test': '192.168.1.1',
  'office.test': '172.16.0.1',
  'metadata.test': '169.254.169.254', // where clouds keep credentials
  'linklocal6.test': 'fe80::1',
  'unique-local.test': 'fd00::1',
  'mapped.test': '::ffff:127.0.0.1',
  'mapped-ten.test': '::ffff:10.0.0.1',
  'unspecified.test': '0.0.0.0',
  'unspecified6.test': '::',
  'multicast.test': '224.0.0.1',
};
const LITERALS = ['127.0.0.1', '[::1]', '::1', '10.0.0.1', '169.254.169.254', '[::ffff:127.0.0.1]', '0.0.0.0'];
// Numbers that some resolvers take for addresses.
const ODD = ['2130706433', '0x7f000001', '127.1', '0177.0.0.1', 'localhost'];

describe('--any-domain', () => {
  let ca, prosody, dns, victim;
  const start = async (t, ...options) => {
    const proxy = await launchProxy(...dns.option, '--ca-file', ca.file, ...options);
    t.after(() => proxy.process.kill());
    return proxy.url;
  };

  before(async () => {
    ca = new Authority('root');
    victim = await startScripted();
    prosody = await startProsody({ hosts: { 'example.test': ca.issue('example.test') }, requireTls: true });
    dns = await startDns([
      ...Object.entries(INSIDE).map(([name, address]) => host(name, address)),
      srv(`${XMPPS}.example.test`, 'loopback.test', prosody.directPort),
      srv(`${XMPP}.example.test`, 'loopback.test', prosody.port, 1),
      srv(`${XMPP}.victim.test`, 'loopback.test', victim.port),
      srv(`${XMPP}.literal.test`, '127.0.0.1', victim.port),
    ]);
  });
  after(() => Promise.all([dns, prosody].map((one) => one?.process.kill())));

  it('refuses every name that leads inside, and says that it does', async (t) => {
    const url = await start(t, '--any-domain');
    for (const name of [...Object.keys(INSIDE), 'victim.test', 'example.test']) {
      const { text } = await refused(url, name, 'policy-violation');
      assert.match(text, /address/i);
      assert.doesNotMatch(text, new RegExp(`(^|[^\\d])${(INSIDE[name] ?? '127.0.0.1').replaceAll('.', '\\.')}`), name);
    }
    assert.deepEqual(victim.heard, []);
  });

  it('refuses addresses themselves', async (t) => {
    const url = await start(t, '--any-domain');
    for (const literal of LITERALS) await refused(url, literal, 'policy-violation');
  });

  it('leads nowhere by what only looks like an address, or as a target of a record', async (t) => {
    const url = await start(t, '--any-domain');
    const nowhere = /^(policy-violation|remote-connection-failed|host-unknown|improper-addressing)$/;
    for (const name of [...ODD, 'literal.test']) await refused(url, name, nowhere);
    assert.deepEqual(victim.heard, []);
  });

  for (const options of [
    ['--domain', 'other.test'],
    ['--any-domain', '--verbose-errors'],
    ['--any-domain', '--domain', 'other.test', '--insecure', 'other.test'],
    ['--any-domain', '--domain', `other.test=127.0.0.1:5222`],
  ]) {
    it(`is what it takes, with --allow-private; not: ${options.join(' ')}`, async (t) => {
      const url = await start(t, ...options);
      for (const name of ['victim.test', 'example.test', '127.0.0.1']) {
        await refused(url, name, /^(policy-violation|host-unknown)$/);
      }
      assert.deepEqual(victim.heard, []);
    });
  }

  it('is what --allow-private needs: alone it is a mistake', async () => {
    const { code, err } = await runToEnd('--domain', 'other.test', '--allow-private');
    assert.equal(code, 2);
    assert.match(err, /--allow-private: .*--any-domain/);
  });

  it('reaches them with --allow-private, and only those that prove who they are', async (t) => {
    const url = await start(t, '--any-domain', '--allow-private', '--connect-timeout', '1');
    const page = await Wire.login(url, user(PAIRS[0].alice.name, 'example.test'));
    assert.equal((await page.close()).code, 1000);
    await refused(url, 'victim.test', 'remote-server-timeout');
    assert.equal(victim.heard.length, 1, 'had it been let through before, this would have been seen');
  });
});
