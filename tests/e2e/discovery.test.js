// A domain is all that wsxmpp is told; where its server is, DNS says, and who it is, its certificate.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Authority } from './support/certificates.js';
import { StropheClient } from './support/clients/strophe.js';
import { XmppJsClient } from './support/clients/xmppjs.js';
import { host, noSrv, srv, startDns, XMPP, XMPPS } from './support/dns.js';
import { startEjabberd } from './support/ejabberd.js';
import { failure, refused } from './support/failure.js';
import { startJabberd2 } from './support/jabberd2.js';
import { deadPort } from './support/ports.js';
import { startProsody } from './support/prosody.js';
import { launchProxy } from './support/proxy.js';
import { startScripted } from './support/scripted.js';
import { PAIRS, user } from './support/users.js';
import { rfc7395, Wire } from './support/wire.js';
import { all, NS, parse } from './support/xml.js';

const INTERNATIONAL = 'bücher.test';
const toAscii = (domain) => new URL(`http://${domain}`).hostname;

// Each is a domain of its own, served by one server, and by a way of its own.
const PROSODY = ['direct.test', 'starttls.test', 'several.test', 'best.test', INTERNATIONAL];
const EJABBERD = 'example.test';
const JABBERD2 = 'old.test';

/** Alice and Bob, whom each test takes anew. */
const pairs = [...PAIRS];
const nextPair = (domain) => Object.values(pairs.shift()).map(({ name }) => user(name, domain));

describe('a domain', () => {
  const started = [];
  let ca, prosody, ejabberd, jabberd2, dns, unsought, url, proxy;

  const keep = async (promise) => {
    const it = await promise;
    started.push(it);
    return it;
  };
  const proxyFor = (...domains) =>
    keep(launchProxy(...dns.option, '--ca-file', ca.file, ...domains.flatMap((domain) => ['--domain', domain])));

  before(async () => {
    ca = new Authority('root');
    const hosts = Object.fromEntries(PROSODY.map((domain) => [domain, ca.issue(toAscii(domain))]));
    [prosody, ejabberd, jabberd2, unsought] = await Promise.all([
      keep(startProsody({ hosts, requireTls: true })),
      keep(startEjabberd({ domain: EJABBERD, tls: ca.issue(EJABBERD), requireTls: true })),
      keep(startJabberd2({ domain: JABBERD2, tls: ca.issue(JABBERD2) })),
      startScripted(),
    ]);
    const dead = await deadPort();
    dns = await keep(
      startDns([
        host('here.test', '127.0.0.1'),
        srv(`${XMPPS}.direct.test`, 'here.test', prosody.directPort),
        // XEP-0368: both kinds are one list; STARTTLS would do, and has the lower priority here.
        srv(`${XMPP}.direct.test`, 'here.test', dead, 1),
        srv(`${XMPP}.starttls.test`, 'here.test', prosody.port),
        noSrv(`${XMPPS}.starttls.test`),
        srv(`${XMPPS}.several.test`, 'here.test', dead, 1),
        srv(`${XMPP}.several.test`, 'nowhere.test', 5222, 2),
        srv(`${XMPP}.several.test`, 'here.test', prosody.port, 3),
        srv(`${XMPP}.best.test`, 'here.test', prosody.port, 1),
        srv(`${XMPPS}.best.test`, 'here.test', unsought.port, 2),
        srv(`${XMPPS}.${toAscii(INTERNATIONAL)}`, 'here.test', dead, 1),
        srv(`${XMPP}.${toAscii(INTERNATIONAL)}`, 'here.test', prosody.port, 2),
        srv(`${XMPPS}.${EJABBERD}`, 'here.test', ejabberd.directPort),
        srv(`${XMPP}.${JABBERD2}`, 'here.test', jabberd2.port),
        noSrv(`${XMPPS}.none.test`),
        noSrv(`${XMPP}.none.test`),
        host('none.test', '127.0.0.1'), // which must not be tried: the records say that there is no service
        srv(`${XMPP}.unserved.test`, 'here.test', unsought.port),
      ]),
    );
    proxy = await proxyFor(...PROSODY, EJABBERD, JABBERD2, 'none.test');
    url = proxy.url;
  });
  after(() => Promise.all(started.map(({ process }) => process.kill())));

  for (const [name, Client] of Object.entries({ Strophe: StropheClient, '@xmpp/client': XmppJsClient })) {
    for (const [how, domain] of [
      ['direct TLS', 'direct.test'],
      ['STARTTLS', 'starttls.test'],
      ["ejabberd's direct TLS", EJABBERD],
    ]) {
      it(`logs ${name} in by ${how}`, async () => {
        const [alice, bob] = nextPair(domain);
        const client = await Client.login(url, alice);
        assert.match(client.jid, new RegExp(`^${alice.jid}/.`));
        assert.deepEqual(await client.roster(), [bob.jid]);
        await client.close();
      });
    }
  }

  it('has a server that knows no WebSocket, jabberd2: two pages chat through it', async () => {
    const [alice, bob] = await Promise.all(nextPair(JABBERD2).map((one) => Wire.login(url, one)));
    [alice, bob].forEach((page) => page.presence());
    alice.message(bob.jid, 'hello <there> ä');
    assert.equal(await bob.body(), 'hello <there> ä');
    await Promise.all([alice.close(), bob.close()]);
  });

  it('is served by ejabberd with STARTTLS at a port that was given', async (t) => {
    const given = await proxyFor(`${EJABBERD}=starttls://127.0.0.1:${ejabberd.port}`);
    t.after(() => given.process.kill());
    const page = await Wire.login(given.url, nextPair(EJABBERD)[0]);
    assert.equal((await page.close()).code, 1000);
  });

  it('is reached by the next record when a target is dead, and when one has no address', async () => {
    const page = await Wire.login(url, nextPair('several.test')[0]);
    assert.equal((await page.close()).code, 1000);
  });

  it('is reached by the record of the best priority alone', async () => {
    const page = await Wire.login(url, nextPair('best.test')[0]);
    await page.close();
    assert.deepEqual(unsought.heard, []);
  });

  it('has no service when its records are "."', async () => {
    const { text } = await refused(url, 'none.test');
    assert.match(text, /no XMPP service/i);
  });

  for (const domain of ['direct.test', 'starttls.test', EJABBERD, JABBERD2]) {
    it(`shows neither <starttls/> nor -PLUS to the page, ${domain}`, async () => {
      const page = await Wire.connect(url, { framing: rfc7395(domain) });
      const { header, features } = await page.open();
      assert.equal(parse(header).getAttribute('from'), domain);
      assert.equal(all(features, '*', 'starttls').length, 0);
      const mechanisms = all(features, NS.sasl, 'mechanism').map((element) => element.textContent);
      assert.ok(mechanisms.includes('PLAIN'), `the stream is secured: ${mechanisms}`);
      assert.deepEqual(mechanisms.filter((name) => name.endsWith('-PLUS')), []);
      assert.equal(all(features, NS.channelBinding, 'sasl-channel-binding').length, 0);
      page.lose();
    });
  }

  it(`is international: ${INTERNATIONAL}`, async () => {
    const page = await Wire.login(url, nextPair(INTERNATIONAL)[0]);
    assert.match(page.jid, new RegExp(`@${INTERNATIONAL}/`));
    assert.equal((await page.close()).code, 1000);
  });

  it('which is not served is host-unknown, and nobody is connected or asked', async () => {
    await refused(url, 'unserved.test', 'host-unknown');
    assert.deepEqual(unsought.heard, []);
    await refused(url, 'none.test');
    await dns.process.line(/query.*none\.test/, 'question of another domain', 'stderr'); // so it is told what is asked
    assert.deepEqual(dns.process.matches(/unserved\.test/, 'stderr'), []);
  });

  it('is written in any case', async () => {
    const page = await Wire.connect(url, { framing: rfc7395('Direct.TEST') });
    assert.equal(parse((await page.open()).header).getAttribute('from'), 'direct.test');
    page.lose();
  });

  it('need not be named when there is one, and must be when there are several', async (t) => {
    const only = await proxyFor('starttls.test');
    t.after(() => only.process.kill());
    const page = await Wire.connect(only.url, { framing: rfc7395() });
    assert.equal(parse((await page.open()).header).getAttribute('from'), 'starttls.test');
    page.lose();
    await refused(url, undefined, 'host-unknown');
  });

  it('cannot be changed within a session', async () => {
    const page = await Wire.connect(url, { framing: rfc7395('starttls.test') });
    const [{ name, password }] = nextPair('starttls.test');
    await page.open();
    const secret = Buffer.from(`\0${name}\0${password}`).toString('base64');
    page.send(`<auth xmlns="${NS.sasl}" mechanism="PLAIN">${secret}</auth>`);
    await page.find('success');
    page.send(rfc7395('direct.test').open);
    await failure(page, 'policy-violation');
  });
});
