// Who cannot prove to be the server of the domain is not talked to, and the page hears why.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Authority, selfSigned } from './support/certificates.js';
import { refused } from './support/failure.js';
import { startProsody } from './support/prosody.js';
import { launchProxy } from './support/proxy.js';
import { PAIRS, user } from './support/users.js';
import { Wire } from './support/wire.js';

const WRONG = {
  'expired.test': /expired/,
  'future.test': /not valid before/,
  'mistaken.test': /is for elsewhere\.test, not for mistaken\.test/,
  'selfsigned.test': /self-signed/,
  'stranger.test': /not trusted/,
  'revoked.test': /revoked/,
  'below-revoked.test': /revoked/,
  'unpinned.test': /pin/,
};

describe('a certificate', () => {
  const alice = (domain) => user(PAIRS[0].alice.name, domain);
  let ca, hosts, prosody, crls, proxy;

  /** A proxy to that server for all its domains, each with settings of its own. */
  const proxyWith = (settings, ...options) => {
    const domains = Object.keys(hosts).flatMap((domain) => {
      const own = (settings[domain] ?? []).map((setting) => `;${setting}`).join('');
      return ['--domain', `${domain}=starttls://127.0.0.1:${prosody.port}${own}`];
    });
    return launchProxy('--ca-file', ca.file, ...options, ...domains);
  };
  const logIn = async (url, domain) => {
    const page = await Wire.login(url, alice(domain));
    assert.equal((await page.close()).code, 1000);
  };

  before(async () => {
    ca = new Authority('root');
    const between = new Authority('between', ca);
    const stopped = new Authority('stopped', ca);
    hosts = {
      'good.test': ca.issue('good.test'),
      'chained.test': between.issue('chained.test'),
      'pinned.test': ca.issue('pinned.test'),
      'expired.test': ca.issue('expired.test', { from: -30, to: -1 }),
      'future.test': ca.issue('future.test', { from: 1 }),
      'mistaken.test': ca.issue('elsewhere.test'),
      'selfsigned.test': selfSigned('selfsigned.test'),
      'stranger.test': new Authority('other').issue('stranger.test'),
      'revoked.test': ca.issue('revoked.test'),
      'below-revoked.test': stopped.issue('below-revoked.test'),
      'unpinned.test': ca.issue('unpinned.test'),
    };
    ca.revoke(hosts['revoked.test']);
    ca.revoke(stopped);
    crls = Authority.crls(ca, between, stopped);
    prosody = await startProsody({ hosts, requireTls: true });
    const pins = {
      'pinned.test': [`pin=${hosts['good.test'].pin}`, `pin=${hosts['pinned.test'].pin}`],
      'unpinned.test': [`pin=${hosts['good.test'].pin}`],
    };
    proxy = await proxyWith(pins, '--crl-file', crls);
  });
  after(() => Promise.all([proxy, prosody].map((one) => one?.process.kill())));

  for (const domain of ['good.test', 'chained.test', 'pinned.test']) {
    it(`that is right is taken: ${domain}`, () => logIn(proxy.url, domain));
  }

  for (const [domain, pattern] of Object.entries(WRONG)) {
    it(`that is wrong is refused: ${domain}`, async () => {
      const { text, reason } = await refused(proxy.url, domain);
      assert.match(text, pattern);
      assert.match(reason, pattern);
      assert.doesNotMatch(text, /127\.0\.0\.1/);
    });
  }

  it('has texts that are all different', async () => {
    const texts = await Promise.all(
      Object.keys(WRONG)
        .filter((domain) => domain !== 'below-revoked.test')
        .map(async (domain) => (await refused(proxy.url, domain)).text.replaceAll(domain, 'DOMAIN')),
    );
    assert.equal(new Set(texts).size, texts.length, texts.join('\n'));
  });

  it('of any kind is taken with --insecure for that domain alone, and the log says so', async (t) => {
    const insecure = await proxyWith({}, '--insecure', 'selfsigned.test');
    t.after(() => insecure.process.kill());
    await logIn(insecure.url, 'selfsigned.test');
    await refused(insecure.url, 'stranger.test');
    await insecure.process.line(/warning.*selfsigned\.test/i, 'warning', 'stderr');
  });

  it('is not asked about revocation without a list', async (t) => {
    const trusting = await proxyWith({});
    t.after(() => trusting.process.kill());
    await logIn(trusting.url, 'revoked.test');
  });

  it('of an authority can be trusted for one domain alone', async (t) => {
    const each = await proxyWith({ 'selfsigned.test': [`ca-file=${hosts['selfsigned.test'].certificate}`] });
    t.after(() => each.process.kill());
    await logIn(each.url, 'selfsigned.test');
    await refused(each.url, 'stranger.test');
    await logIn(each.url, 'good.test');
  });
});
