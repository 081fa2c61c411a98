// The page at / in Debian's Chromium: it tries the connection and says why it fails.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openBrowser, openTab, screenshot } from './support/browser.js';
import { Authority } from './support/certificates.js';
import { startNginx, tlsWith } from './support/nginx.js';
import { servePages } from './support/pages.js';
import { deadPort, freePort } from './support/ports.js';
import { startProsody } from './support/prosody.js';
import { launchProxy, portOf, startProxy } from './support/proxy.js';

const PHONE = { viewport: { width: 360, height: 640 }, colorScheme: 'dark', hasTouch: true };

describe('the page at /', () => {
  let browser;
  let prosody;
  before(async () => {
    [browser, prosody] = await Promise.all([openBrowser(), startProsody()]);
  });
  after(async () => {
    await browser?.close();
    await prosody?.process.kill();
  });

  /** The page of a wsxmpp with these options, opened as a person would. */
  async function open(t, proxy, { path = '/', ...options } = {}) {
    t.after(() => proxy.process.kill());
    const page = await openTab(browser, options);
    t.after(() => page.context().close());
    page.complaints = [];
    page.on('console', (line) => page.complaints.push(line.text()));
    page.base = new URL(proxy.url.replace('ws:', 'http:')).origin;
    await page.goto(page.base + path);
    page.verdict = (text) => page.locator('#verdict').filter({ hasText: text }).waitFor();
    page.retry = () => page.getByRole('button', { name: 'Try' }).click();
    return page;
  }

  it('shows the mechanisms of the server, and that it works', async (t) => {
    const page = await open(t, await startProxy(prosody.port), { path: '/?domain=localhost' });
    await page.verdict('It works: a client can log in to localhost.');
    const steps = await page.getByRole('listitem').allTextContents();
    assert.equal(steps.length, 3);
    assert.match(steps[0], /^WebSocket open \(\d+ ms, subprotocol xmpp\)$/);
    assert.equal(steps[1], 'Stream opened by localhost');
    assert.match(steps[2], /SASL mechanisms .*\bPLAIN\b/);
    await page.getByText('What came from the server').click();
    await page.getByText('</stream:features>').waitFor();
    assert.deepEqual(page.errors, []);
    assert.deepEqual(page.complaints, [], 'its own policy lets it do what it does');
    await screenshot(page, 'try_page');
  });

  it('tries the domain that is served, at the path that is given, on a phone in the dark', async (t) => {
    const proxy = await launchProxy('--path', '/xmpp-websocket', '--domain', `localhost=none://127.0.0.1:${prosody.port}`);
    const page = await open(t, proxy, PHONE);
    await page.verdict('It works');
    assert.equal(await page.getByLabel('XMPP domain').inputValue(), 'localhost');
    assert.equal(await page.getByLabel('WebSocket').inputValue(), proxy.url);
    await page.getByText(`new WebSocket('${proxy.url}', 'xmpp')`).waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= PHONE.viewport.width, `${width} pixels are wider than the phone`);
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    assert.match(background, /rgb\(20, 24, 30\)/);
    await screenshot(page, 'try_page-phone');
  });

  it('says why when the domain is not served, and tries another', async (t) => {
    const proxy = await launchProxy('--domain', `localhost=none://127.0.0.1:${prosody.port}`);
    const page = await open(t, proxy, { path: '/?domain=elsewhere.example' });
    await page.verdict(/^host-unknown: .*elsewhere\.example.*not served here/);
    await page.getByText('Is the domain spelt').waitFor();
    await page.getByLabel('XMPP domain').fill('localhost');
    await page.retry();
    await page.verdict('It works');
    assert.deepEqual(page.complaints, []);
  });

  it('says why when the server is down', async (t) => {
    const page = await open(t, await startProxy(await deadPort()));
    await page.verdict(/^remote-connection-failed: .*refused/i);
    await page.getByText('The WebSocket works; the XMPP server behind it does not answer').waitFor();
    await screenshot(page, 'try_page-down');
  });

  it('says that its origin is not allowed, and what would allow it', async (t) => {
    const page = await open(t, await startProxy(prosody.port, '--origin', 'https://only.example'));
    await page.verdict('The WebSocket was refused.');
    await page.getByText(`--origin ${page.base} would let them`).waitFor();
    await screenshot(page, 'try_page-origin');
  });

  it('works when its origin is on the list', async (t) => {
    const port = await freePort();
    const proxy = await startProxy(prosody.port, '--listen', `127.0.0.1:${port}`, '--origin', `http://127.0.0.1:${port}`);
    const page = await open(t, { ...proxy, url: `ws://127.0.0.1:${port}/` }, { path: '/?domain=localhost' });
    await page.verdict('It works');
  });

  describe('behind a proxy that ends TLS, and does not say so', () => {
    const NAME = 'chat.test';
    const authority = new Authority('root');
    const certificate = authority.issue(NAME);

    /** The page at https://chat.test/, and its wsxmpp at /xmpp with these options. */
    async function openBehind(t, host, ...options) {
      const proxy = await startProxy(prosody.port, '--path', '/xmpp', ...options);
      t.after(() => proxy.process.kill());
      const nginx = await startNginx((port) => ({
        http: `server {
          listen 127.0.0.1:${port} ssl;
          ${tlsWith(certificate)}
          proxy_http_version 1.1;
          proxy_set_header Host ${host};
          proxy_set_header Upgrade $http_upgrade;
          proxy_set_header Connection $http_connection;
          location / { proxy_pass http://127.0.0.1:${portOf(proxy.url)}; }
        }`,
      }));
      t.after(() => nginx.process.kill());
      const trusting = await openBrowser({ caFile: authority.file, hosts: { [`${NAME}:443`]: nginx.port } });
      t.after(() => trusting.close());
      const page = await openTab(trusting);
      await page.goto(`https://${NAME}/?domain=localhost`);
      page.verdict = (text) => page.locator('#verdict').filter({ hasText: text }).waitFor();
      page.tryPath = async (path) => {
        await page.getByLabel('WebSocket').fill(`wss://${NAME}${path}`);
        await page.getByRole('button', { name: 'Try' }).click();
      };
      page.hints = () => page.locator('#hints li').allTextContents();
      return page;
    }

    it('does not blame its origin, which may connect by https, for another refusal', async (t) => {
      const page = await openBehind(t, '$host', '--origin', `https://${NAME}`);
      await page.verdict('It works');
      await page.tryPath('/other');
      await page.verdict(/^The WebSocket was refused: 404/);
      assert.deepEqual(await page.hints(), ['Is the path right? Here it is /xmpp.']);
    });

    it('says that its origin may not connect by https', async (t) => {
      const page = await openBehind(t, '$host', '--origin', `http://${NAME}`);
      await page.verdict('The WebSocket was refused');
      assert.deepEqual(await page.hints(),
        [`Pages of https://${NAME} are not allowed to connect: --origin https://${NAME} would let them.`]);
    });

    it('does not judge its origin where the proxy changes the host', async (t) => {
      const page = await openBehind(t, 'inner.test', '--origin', `https://${NAME}`);
      await page.verdict('It works');
      await page.tryPath('/other');
      await page.verdict(/^The WebSocket was refused: 404/);
      const [first, ...more] = await page.hints();
      assert.match(first, /^Does --origin allow pages of https:\/\/chat\.test\?.* asks it for inner\.test\.$/);
      assert.deepEqual(more, ['Is the path right? Here it is /xmpp.']);
    });
  });

  it('says that there is nothing at another path', async (t) => {
    const page = await open(t, await startProxy(prosody.port, '--path', '/xmpp'), { path: '/?domain=localhost' });
    await page.verdict('It works');
    await page.getByLabel('WebSocket').fill(`${page.base.replace('http', 'ws')}/other`);
    await page.retry();
    await page.verdict(/^The WebSocket was refused: 404/);
    await page.getByText('Is the path right? Here it is /xmpp.').waitFor();
  });

  it('says so when nothing answers any more, or elsewhere', async (t) => {
    const proxy = await startProxy(prosody.port);
    const page = await open(t, proxy, { path: '/?domain=localhost' });
    await page.verdict('It works');
    await proxy.process.kill();
    await page.retry();
    await page.verdict('The WebSocket was refused.');
    await page.getByText('Nothing answers at this address any more.').waitFor();

    await page.getByLabel('WebSocket').fill(`ws://127.0.0.1:${await deadPort()}/`);
    await page.retry();
    await page.getByText('Does something listen at this host and port').waitFor();
    await page.getByLabel('WebSocket').fill('ftp://127.0.0.1/');
    await page.retry();
    await page.verdict('The browser does not open it');
    assert.deepEqual(page.errors, []);
  });
});

it('a page of another origin can read host-meta, with the request that Converse makes', async (t) => {
  const [browser, pages, proxy] = await Promise.all([openBrowser(), servePages(), launchProxy('--path', '/xmpp')]);
  t.after(() => Promise.all([browser.close(), pages.stop(), proxy.process.kill()]));
  const page = await openTab(browser);
  await page.goto(`${pages.url}/first_page.html`);
  const href = await page.evaluate(async (url) => {
    const response = await fetch(url, { mode: 'cors', headers: { Accept: 'application/xrd+xml, text/xml' } });
    const xrd = new DOMParser().parseFromString(await response.text(), 'text/xml').firstElementChild;
    const link = xrd.querySelector('Link[rel="urn:xmpp:alt-connections:websocket"]');
    return [xrd.nodeName, xrd.namespaceURI, link.getAttribute('href')];
  }, new URL('/.well-known/host-meta', proxy.url.replace('ws:', 'http:')).href);
  assert.deepEqual(href, ['XRD', 'http://docs.oasis-open.org/ns/xri/xrd-1.0', proxy.url]);
});
