// A server whose certificate no authority vouches for, and the website of its domain, which does (RFC 7711).
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Authority, selfSigned } from './support/certificates.js';
import { StropheClient } from './support/clients/strophe.js';
import { XmppJsClient } from './support/clients/xmppjs.js';
import { host, srv, startDns, XMPP, XMPPS } from './support/dns.js';
import { refused } from './support/failure.js';
import { startProsody } from './support/prosody.js';
import { launchProxy, runToEnd } from './support/proxy.js';
import { PAIRS, user } from './support/users.js';
import { fingerprint, startWebsites } from './support/website.js';

const PATH = '/.well-known/posh/xmpp-client.json';
const document = (...certificates) => ({
  fingerprints: certificates.map((certificate) => ({ 'sha-256': fingerprint(certificate) })),
  expires: 3600,
});

describe('POSH', () => {
  const started = [];
  let prosody, websites, options, proxy;
  const keep = async (promise) => {
    const it = await promise;
    started.push(it);
    return it;
  };
  const pair = [...PAIRS];
  const logIn = async (Client, url, domain) => {
    const client = await Client.login(url, user(pair.shift().alice.name, domain));
    assert.match(client.jid, new RegExp(`@${domain}/`));
    await client.close();
  };

  before(async () => {
    const ca = new Authority('root');
    const hosts = {
      'own.test': selfSigned('own.test'),
      'hosted.test': ca.issue('hosting.test'), // the host's, who has no other
      'stale.test': selfSigned('stale.test'),
      'forged.test': selfSigned('forged.test'),
    };
    const site = (domain, posh) => [domain, { certificate: ca.issue(domain), posh }];
    const reference = { url: `https://hosting.test${PATH}`, expires: 60 };
    [prosody, websites] = await Promise.all([
      keep(startProsody({ hosts, requireTls: true })),
      keep(
        startWebsites({
          ...Object.fromEntries([
            site('own.test', document(hosts['stale.test'], hosts['own.test'])),
            site('hosted.test', reference),
            site('hosting.test', document(hosts['hosted.test'])),
            site('stale.test', document(hosts['own.test'])),
          ]),
          'forged.test': { certificate: selfSigned('forged.test'), posh: document(hosts['forged.test']) },
        }),
      ),
    ]);
    const domains = Object.keys(hosts);
    const dns = await keep(
      startDns([
        host('here.test', '127.0.0.1'),
        ...[...domains, 'hosting.test'].map((domain) => host(domain, websites.address)),
        ...domains.map((domain) => srv(`${XMPP}.${domain}`, 'here.test', prosody.port)),
        srv(`${XMPPS}.hosted.test`, 'here.test', prosody.directPort, 1), // STARTTLS comes first
      ]),
    );
    options = [...dns.option, '--ca-file', ca.file, '--posh'];
    // One thread: each keeps what it heard.
    const domain = domains.flatMap((name) => ['--domain', name]);
    proxy = await keep(launchProxy(...options, '--threads', '1', ...domain));
  });
  after(() => Promise.all(started.map(({ process }) => process.kill())));

  it('vouches for a certificate that is self-signed: Strophe logs in', async () => {
    await logIn(StropheClient, proxy.url, 'own.test');
  });

  it("vouches for a host's certificate, by a reference to the host: @xmpp/client logs in", async () => {
    await logIn(XmppJsClient, proxy.url, 'hosted.test');
    const asked = websites.requests.filter((request) => request.startsWith('host'));
    assert.deepEqual(asked, [`hosted.test${PATH}`, `hosting.test${PATH}`]);
  });

  it('is asked once, and not by each client', async () => {
    for (const Client of [StropheClient, XmppJsClient]) await logIn(Client, proxy.url, 'own.test');
    assert.deepEqual(websites.requests.filter((request) => request.startsWith('own')), [`own.test${PATH}`]);
  });

  for (const [domain, told] of [
    ['stale.test', /POSH does not help: the certificate fits none of the 1 fingerprints of stale\.test/],
    ['forged.test', /POSH does not help: https:\/\/forged\.test.*certificate/],
  ]) {
    it(`does not vouch for a certificate: ${domain}`, async () => {
      const { text } = await refused(proxy.url, domain);
      assert.match(text, /self-signed/);
      assert.doesNotMatch(text, /POSH/, 'that is for the operator');
      await proxy.process.line(told, 'reason', 'stderr');
    });
  }

  it('is not asked without --posh', async (t) => {
    const without = await launchProxy(...options.filter((option) => option !== '--posh'), '--domain', 'own.test');
    t.after(() => without.process.kill());
    const before = websites.requests.length;
    await refused(without.url, 'own.test');
    assert.equal(websites.requests.length, before);
  });

  it('is not asked inside our network for a domain that a page chose', async (t) => {
    const open = await launchProxy(...options, '--upstream', `starttls://127.0.0.1:${prosody.port}`);
    t.after(() => open.process.kill());
    const before = websites.requests.length;
    const { text } = await refused(open.url, 'own.test');
    assert.match(text, /self-signed/);
    await open.process.line(/its address is not a public one/, 'reason', 'stderr');
    assert.equal(websites.requests.length, before);
  });

  it('is a step of wsxmpp check', async () => {
    const { code, out } = await runToEnd('check', 'own.test', ...options);
    assert.equal(code, 0, out);
    assert.match(out, /✗ certificate refused .*self-signed/);
    assert.match(out, new RegExp(`POSH +https://own\\.test${PATH}: 2 fingerprints, for 3600 s`));
    assert.match(out, /trust POSH/);
    const stale = await runToEnd('check', 'stale.test', ...options);
    assert.equal(stale.code, 1, stale.out);
    assert.match(stale.out, /✗ POSH .*the certificate fits none of the 1 fingerprints/);
  });
});
