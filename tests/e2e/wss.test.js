// wsxmpp as a browser meets it on the internet: TLS of its own, by a CA that the browser trusts.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openBrowser, openTab, screenshot } from './support/browser.js';
import { selfSigned } from './support/certificates.js';
import { contact, logIn, message, openChat, say, startChat } from './support/chat_page.js';
import { until, within } from './support/deadline.js';
import { handshake, ticket } from './support/handshake.js';
import { servePages } from './support/pages.js';
import { Process } from './support/process.js';
import { portOf } from './support/proxy.js';
import { SITE, Site } from './support/site.js';

const OTHER = 'other.test';
const URL = `wss://${SITE}/xmpp-websocket`;

describe('wss', () => {
  const ending = [];
  let site, proxy, pages, browser;

  before(async () => {
    const t = { after: (end) => ending.push(end) };
    site = await Site.start();
    ending.push(() => site.stop());
    site.other = site.authority.issue(OTHER);
    site.staple = site.authority.staple(site.certificate);
    const { certificate, key } = site.other;
    pages = await servePages();
    ending.push(() => pages.stop());
    const options = ['--tls-cert', certificate, '--tls-key', key, '--path', '/xmpp-websocket', '--origin', pages.url];
    proxy = await site.wsxmpp(t, 'wss://127.0.0.1:0', ...options, '--origin', `https://${SITE}`);
    const [port, hosts] = [portOf(proxy.url), [SITE, OTHER]];
    const toPort = Object.fromEntries(hosts.map((host) => [`${host}:443`, port]));
    browser = await openBrowser({ caFile: site.authority.file, hosts: toPort });
    ending.push(() => browser.close());
  });
  after(() => Promise.all(ending.map((end) => end())));

  it('two people chat with a page in the browser', async () => {
    const [alice, bob] = site.pair();
    const [here, there] = await Promise.all([openTab(browser), openTab(browser)]);
    await Promise.all([startChat(here, pages.url, URL, alice), startChat(there, pages.url, URL, bob)]);
    await contact(here, bob.jid, 'available').click();
    await say(here, 'Nobody listens');
    await contact(there, alice.jid, 'available').click();
    await message(there, 'Nobody listens').waitFor();
    assert.deepEqual([...here.errors, ...there.errors], []);
    await Promise.all([here.context().close(), there.context().close()]);
  });

  for (const name of [SITE, OTHER]) {
    it(`the browser gets the certificate of the name it asks for: ${name}`, async () => {
      const page = await openTab(browser);
      const response = await page.goto(`https://${name}/`);
      assert.equal((await response.securityDetails()).subjectName, name);
      await page.context().close();
    });
  }

  it('the page at / tries the way from the browser, and says that it works', async () => {
    const page = await openTab(browser);
    await page.goto(`https://${SITE}/`);
    await page.getByRole('status').getByText(`It works: a client can log in to ${SITE}.`).waitFor();
    await screenshot(page, 'try-wss');
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  it('the page at / says why it fails', async () => {
    const page = await openTab(browser);
    await page.goto(`https://${SITE}/`);
    await page.getByRole('status').getByText('It works').waitFor();
    await page.getByLabel('XMPP domain').fill('nowhere.test');
    await page.getByRole('button', { name: 'Try' }).click();
    await page.getByRole('alert').getByText('host-unknown').waitFor();
    await screenshot(page, 'try-wss-failed');
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  it('a page of an origin that is not allowed does not connect, and the page at / knows', async (t) => {
    const foreign = await servePages();
    t.after(() => foreign.stop());
    const page = await openTab(browser);
    const [alice] = site.pair();
    await openChat(page, foreign.url, { ws: URL, jid: alice.jid });
    await logIn(page, alice.password);
    await page.getByRole('alert').getByText(`No WebSocket answers at ${URL}`).waitFor();
    await proxy.process.line(new RegExp(`403.*${foreign.url}|${foreign.url}.*403`), 'word of the refusal');

    await page.goto(`https://${OTHER}/`);
    await page.getByText(`--origin https://${OTHER} would let them`).waitFor();
    await page.context().close();
  });

  it('is TLS 1.3 or 1.2, and ALPN http/1.1', async () => {
    const port = portOf(proxy.url);
    const ALPNProtocols = ['h2', 'http/1.1'];
    for (const version of ['TLSv1.3', 'TLSv1.2']) {
      const { protocol, alpn } = await handshake(port, { minVersion: version, maxVersion: version, ALPNProtocols });
      assert.deepEqual([protocol, alpn], [version, 'http/1.1']);
    }
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };
    await assert.rejects(handshake(port, old), /protocol version/);
  });

  it('resumes a session by its ticket, whichever thread gets the connection, and after a reload', async () => {
    const port = portOf(proxy.url);
    for (const version of ['TLSv1.3', 'TLSv1.2']) {
      const options = { servername: SITE, minVersion: version, maxVersion: version };
      const session = await ticket(port, options);
      for (let i = 0; i < 8; ++i) assert.equal((await handshake(port, { ...options, session })).resumed, true);
      const loaded = proxy.process.matches(/ TLS certificate /, 'stderr').length;
      proxy.process.signal('SIGHUP');
      await until(() => proxy.process.matches(/ TLS certificate /, 'stderr').length > loaded, 'reload');
      assert.equal((await handshake(port, { ...options, session })).resumed, true);
    }
  });

  it('one that asks for no name, or a strange one, gets the first certificate', async () => {
    for (const options of [{}, { servername: 'strange.test' }]) {
      assert.equal((await handshake(portOf(proxy.url), options)).name, SITE);
    }
  });

  it('staples the OCSP response that lies beside the certificate', async () => {
    const { staple } = await handshake(portOf(proxy.url), { servername: SITE, requestOCSP: true });
    assert.deepEqual(staple, site.staple);
    const { staple: none } = await handshake(portOf(proxy.url), { servername: OTHER, requestOCSP: true });
    assert.equal(none?.length ?? 0, 0);
  });

  it('a client that does not trust the CA is in the log', async () => {
    const { certificate } = selfSigned(SITE); // all that it trusts
    const where = ['-connect', `127.0.0.1:${portOf(proxy.url)}`, '-servername', SITE];
    const client = new Process('openssl', ['s_client', ...where, '-CAfile', certificate, '-verify_return_error']);
    await within(client.exited, 'end of the client');
    await proxy.process.line(/ TLS handshake failed .*does not accept the certificate: unknown CA/, 'line of the log', 'stderr');
  });
});
