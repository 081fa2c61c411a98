// What the server sees of a TLS handshake, and what of its features reaches a page that has no part in that TLS.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { Authority } from './support/certificates.js';
import { refused } from './support/failure.js';
import { launchProxy } from './support/proxy.js';
import { SCRIPTS, startScripted } from './support/scripted.js';
import { rfc7395, Wire } from './support/wire.js';
import { all, NS } from './support/xml.js';

const DOMAIN = 'example.test';

describe('direct TLS', () => {
  let ca, tls;
  before(() => {
    ca = new Authority('root');
    tls = ca.issue(DOMAIN);
  });

  async function start(t, tlsOptions, ...options) {
    const server = await startScripted(SCRIPTS.bindsChannels, { tls, options: tlsOptions });
    t.after(() => server.stop());
    const domain = `${DOMAIN}=tls://127.0.0.1:${server.port}`;
    const proxy = await launchProxy('--domain', domain, '--ca-file', ca.file, '--threads', '1', ...options);
    t.after(() => proxy.process.kill());
    const open = async () => {
      const page = await Wire.connect(proxy.url, { framing: rfc7395(DOMAIN) });
      const { features } = await page.open();
      page.lose();
      return {
        mechanisms: all(features, NS.sasl, 'mechanism').map(({ textContent }) => textContent),
        bindings: all(features, NS.channelBinding, 'channel-binding').map((one) => one.getAttribute('type')),
      };
    };
    return { server, url: proxy.url, open };
  }

  it('names the domain (SNI) and XMPP (ALPN), and shows no certificate', async (t) => {
    const { server, open } = await start(t, { requestCert: true, rejectUnauthorized: false });
    await open();
    const [{ servername, alpnProtocol, client }] = server.handshakes;
    assert.deepEqual([servername, alpnProtocol, client], [DOMAIN, 'xmpp-client', undefined]);
  });

  it('shows --client-cert to a server that asks', async (t) => {
    const { certificate, key } = ca.issue('proxy.test');
    const options = ['--client-cert', certificate, '--client-key', key];
    const { server, open } = await start(t, { requestCert: true, rejectUnauthorized: false }, ...options);
    await open();
    assert.equal(server.handshakes[0].client, 'proxy.test');
  });

  for (const version of ['TLSv1.2', 'TLSv1.3']) {
    it(`resumes the sessions of ${version}`, async (t) => {
      const { server, open } = await start(t, { minVersion: version, maxVersion: version });
      await open();
      await open();
      const seen = server.handshakes.map(({ protocol, resumed }) => [protocol, resumed]);
      assert.deepEqual(seen, [[version, false], [version, true]]);
    });
  }

  it('is not done with TLS 1.1', async (t) => {
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    const { server, url } = await start(t, old);
    const { text } = await refused(url, DOMAIN);
    assert.match(text, /TLS/);
    assert.deepEqual(server.heard, []);
  });

  it('ends at the proxy: the page sees no -PLUS and no channel bindings', async (t) => {
    const { open } = await start(t);
    assert.deepEqual(await open(), { mechanisms: ['SCRAM-SHA-1', 'PLAIN'], bindings: [] });
  });

  it('leaves tls-server-end-point with --keep-channel-binding', async (t) => {
    const { open } = await start(t, {}, '--keep-channel-binding');
    assert.deepEqual(await open(), {
      mechanisms: ['SCRAM-SHA-1-PLUS', 'SCRAM-SHA-1', 'PLAIN'],
      bindings: ['tls-server-end-point'],
    });
  });
});
