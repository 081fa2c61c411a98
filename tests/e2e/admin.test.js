// The admin listener: the status page in Debian's Chromium, metrics as promtool takes them, health.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { openBrowser, openTab, screenshot } from './support/browser.js';
import { StropheClient } from './support/clients/strophe.js';
import { XmppJsClient } from './support/clients/xmppjs.js';
import { until, within } from './support/deadline.js';
import { failure } from './support/failure.js';
import { servePages } from './support/pages.js';
import { startProsody } from './support/prosody.js';
import { launchProxy, startProxy } from './support/proxy.js';
import { stateDirectory } from './support/state.js';
import { PAIRS } from './support/users.js';
import { rfc7395, Wire } from './support/wire.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };

async function withAdmin(proxy) {
  const [, admin] = await proxy.process.line(/^admin on (\S+)$/, 'address of the admin listener', 'stdout');
  return { ...proxy, admin };
}

/** wsxmpp with an admin listener, on a port that was free if none is named. */
const startWatched = async (server, ...options) =>
  withAdmin(await startProxy(server.port, ...(options.length ? options : ['--admin', '127.0.0.1:0'])));

const sessionsOf = async (admin, query = '') => (await fetch(`${admin}api/sessions${query}`)).json();
const row = (page, client) => page.getByRole('row').filter({ hasText: client });
const total = async (page, name) =>
  Number((await page.locator('#totals div').filter({ hasText: name }).locator('dd').textContent()).replaceAll(',', ''));

describe('the admin listener', () => {
  const pairs = [...PAIRS];
  let server;
  let proxy;
  let browser;
  let pages;
  before(async () => {
    [server, browser, pages] = await Promise.all([startProsody(), openBrowser(), servePages()]);
    proxy = await startWatched(server);
  });
  after(async () => {
    await browser?.close();
    pages?.stop();
    await proxy?.process.kill();
    await server?.process.kill();
  });

  async function openStatus(options = {}, admin = proxy.admin) {
    const page = await openTab(browser, { viewport: { width: 1200, height: 900 }, locale: 'en-GB', ...options });
    await page.goto(admin);
    await page.getByRole('status').getByText('live').waitFor();
    return page;
  }

  it('shows figures that move while two people chat', async (t) => {
    const { alice, bob } = pairs.shift();
    const page = await openStatus();
    const before = await total(page, 'Messages from clients');
    const [strophe, xmppjs] = await Promise.all([
      StropheClient.login(proxy.url, alice), XmppJsClient.login(proxy.url, bob)]);
    t.after(() => Promise.all([strophe.close(), xmppjs.close()]));
    await page.getByRole('article').filter({ hasText: 'Sessions' }).locator('strong').getByText('2', { exact: true }).waitFor();
    await page.getByText('2 logged in').waitFor();

    for (let i = 0; i < 50; ++i) strophe.message(xmppjs.jid, `message ${i}`);
    for (let i = 0; i < 50; ++i) assert.equal((await xmppjs.messages.next()).body, `message ${i}`);
    await until(async () => (await total(page, 'Messages from clients')) >= before + 50, 'growing total');
    assert.ok((await total(page, 'Messages from servers')) >= 50);
    // The line has left the ground, and the latency of the connections is known.
    const highest = () => page.evaluate(() => {
      const line = document.querySelectorAll('.graph')[1].querySelector('.line.first');
      return line.getBBox().height;
    });
    await until(async () => (await highest()) > 10, 'peak in the graph of messages');
    await page.getByRole('img', { name: /^Latency.*connect [\d.]+ m?s/ }).waitFor();
    await screenshot(page, 'admin');
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  it('lists a session with its address and domain, and finds it by a filter', async (t) => {
    const [{ alice }, { bob }] = [pairs.shift(), pairs.shift()];
    const wires = [
      await Wire.connect(proxy.url, { localAddress: '127.0.0.9' }), await Wire.login(proxy.url, bob)];
    t.after(() => wires.forEach((wire) => wire.lose()));
    await wires[0].authenticate(alice);
    await wires[0].bind();
    const page = await openStatus();
    const mine = row(page, '127.0.0.9:');
    await mine.getByText('logged in').waitFor();
    await mine.getByText('localhost', { exact: false }).waitFor();
    await mine.getByText('rfc7395').waitFor();
    await mine.getByText(`at 127.0.0.1:${server.port}`).waitFor();

    await page.getByRole('columnheader', { name: 'Client' }).getByRole('button').click();
    await page.locator('th[data-key=client][aria-sort=ascending]').waitFor();
    await page.getByRole('searchbox', { name: 'Filter' }).fill('127.0.0.9');
    await page.locator('#count').getByText(/^1 of \d+$/).waitFor();
    assert.equal(await page.locator('tbody tr').count(), 1);
    await page.getByRole('searchbox', { name: 'Filter' }).fill('nobody has this');
    await page.getByText('No session matches the filter.').waitFor();
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  it('closes a session when its button is confirmed; its client hears policy-violation', async () => {
    const { alice } = pairs.shift();
    const wire = await Wire.connect(proxy.url, { localAddress: '127.0.0.10' });
    await wire.authenticate(alice);
    await wire.bind();
    const page = await openStatus();
    const button = page.getByRole('button', { name: /^Close the session of 127\.0\.0\.10:/ });
    await button.click();
    await page.getByRole('dialog').getByText(/127\.0\.0\.10:\d+ on localhost/).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    assert.equal((await sessionsOf(proxy.admin, '?filter=127.0.0.10')).matching, 1);

    await button.click();
    await page.getByRole('button', { name: 'Close session' }).click();
    const { text: why, code } = await failure(wire, 'policy-violation');
    assert.match(why, /./);
    assert.equal(code, 1008);
    await page.getByRole('status').getByText(/^Closed the session of 127\.0\.0\.10:/).waitFor();
    await button.waitFor({ state: 'detached' });
    assert.equal((await sessionsOf(proxy.admin, '?filter=127.0.0.10')).matching, 0);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  it('closes no session for a page of another origin', async (t) => {
    const { alice } = pairs.shift();
    const wire = await Wire.connect(proxy.url, { localAddress: '127.0.0.11' });
    t.after(() => wire.lose());
    await wire.authenticate(alice);
    const { sessions: [{ id }] } = await sessionsOf(proxy.admin, '?filter=127.0.0.11');
    const target = `${proxy.admin}api/sessions/${id}/close`;
    const page = await openTab(browser);
    await page.goto(`${pages.url}/first_page.html`);
    const attempt = (options) => page.evaluate(([url, how]) =>
      fetch(url, { method: 'POST', ...how }).then(() => 'answered', () => 'failed'), [target, options]);
    // A browser asks before it sends JSON of another origin, and is told no; what it sends without asking is refused.
    assert.equal(await attempt({ headers: JSON_TYPE }), 'failed');
    assert.equal(await attempt({ mode: 'no-cors', headers: { 'Content-Type': 'text/plain' } }), 'failed');
    const [answer] = await Promise.all([
      page.waitForResponse(target),
      page.evaluate((url) => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action: url });
        document.body.append(form);
        form.submit();
      }, target),
    ]);
    assert.equal(answer.status(), 403);
    assert.equal((await sessionsOf(proxy.admin, '?filter=127.0.0.11')).matching, 1);
    await page.context().close();
  });

  it('shows what clients have sent as text, whatever it looks like', async (t) => {
    const silent = createServer().listen(0, '127.0.0.1').unref();
    t.after(() => silent.close());
    await once(silent, 'listening');
    const own = await startWatched(silent.address());
    t.after(() => own.process.kill());
    const wire = await Wire.connect(own.url, { framing: rfc7395('&lt;img src=x onerror=fail()>') });
    wire.send(wire.framing.open);
    const page = await openStatus({}, own.admin);
    await row(page, '<img src=x onerror=fail()>').getByText('negotiating').waitFor();
    await page.getByRole('button', { name: /^Close the session of/ }).click();
    await page.getByRole('dialog').getByText('on <img src=x onerror=fail()>').waitFor();
    assert.equal(await page.locator('main img, dialog img').count(), 0);
    assert.deepEqual(page.errors, []);
    await page.context().close();
  });

  for (const colorScheme of ['light', 'dark']) {
    it(`fits a phone of 320 pixels, and is ${colorScheme} where that is wanted`, async (t) => {
      const { alice } = pairs.shift();
      const wire = await Wire.login(proxy.url, alice);
      t.after(() => wire.lose());
      const page = await openStatus({ viewport: { width: 320, height: 640 }, hasTouch: true, colorScheme });
      await page.getByRole('button', { name: /^Close the session of/ }).first().waitFor();
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.equal(width, 320);
      const brightness = await page.evaluate(() =>
        getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number).reduce((a, b) => a + b) / 3);
      assert.ok(colorScheme === 'dark' ? brightness < 50 : brightness > 200, `brightness ${brightness}`);
      await screenshot(page, `admin-phone-${colorScheme}`);
      await page.getByRole('button', { name: /^Close the session of/ }).first().click();
      const dialog = await page.getByRole('dialog').boundingBox();
      assert.ok(dialog.x >= 0 && dialog.x + dialog.width <= 320, 'the question fits, too');
      assert.deepEqual(page.errors, []);
      await page.context().close();
    });
  }

  it('asks nothing while nobody looks, and goes on when somebody does', async () => {
    const page = await openTab(browser);
    await page.clock.install();
    let requests = 0;
    page.on('request', () => ++requests);
    await page.goto(proxy.admin);
    await page.getByRole('status').getByText('live').waitFor();
    const hide = (hidden) => page.evaluate((value) => {
      Object.defineProperty(document, 'hidden', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, hidden);
    await hide(true);
    await page.getByRole('status').getByText('paused').waitFor();
    await page.clock.runFor(1500);   // what was under way
    const before = requests;
    await page.clock.runFor(60_000);
    assert.equal(requests, before);
    await hide(false);
    await page.getByRole('status').getByText('live').waitFor();
    assert.ok(requests > before);
    await page.context().close();
  });

  it('says so when the proxy is gone, and goes on when another has come', async (t) => {
    const first = await startWatched(server);
    t.after(() => first.process.kill());
    const page = await openStatus({}, first.admin);
    await first.process.kill();
    await page.getByRole('alert').getByText('The connection to the proxy is lost').waitFor();
    await page.getByRole('status').getByText('connection lost').waitFor();
    const second = await startWatched(server, '--admin', new URL(first.admin).host);
    t.after(() => second.process.kill());
    await page.getByRole('status').getByText('live').waitFor();
    assert.equal(await page.getByRole('alert').isVisible(), false);
    await page.context().close();
  });

  it('has metrics that promtool finds nothing wrong with', async (t) => {
    const { alice } = pairs.shift();
    const wire = await Wire.login(proxy.url, alice);
    t.after(() => wire.lose());
    const answer = await fetch(`${proxy.admin}metrics`);
    assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    const metrics = await answer.text();
    const promtool = spawn('promtool', ['check', 'metrics'], { stdio: ['pipe', 'pipe', 'pipe'] });
    promtool.stdin.end(metrics);
    const said = Promise.all([text(promtool.stdout), text(promtool.stderr)]);
    const [code] = await within(once(promtool, 'exit'), 'end of promtool');
    assert.equal((await said).join(''), '');
    assert.equal(code, 0);
    assert.match(metrics, /^wsxmpp_sessions\{[^}]*state="logged in"[^}]*\} [1-9]/m);
  });

  it('is ready until it drains, and healthy to the end', async (t) => {
    const { alice } = pairs.shift();
    const own = await startWatched(server);
    t.after(() => own.process.kill());
    const status = async (path) => (await fetch(`${own.admin}${path}`)).status;
    const wire = await Wire.login(own.url, alice);
    t.after(() => wire.lose());
    assert.deepEqual([await status('healthz'), await status('readyz')], [200, 200]);
    own.process.signal('SIGTERM');
    await until(async () => (await status('readyz')) === 503, 'end of readiness');
    assert.equal(await status('healthz'), 200);
    wire.send(wire.framing.close);
    assert.deepEqual(await within(own.process.exited, 'exit'), { code: 0, signal: null });
  });

  it('is not ready while the server is away, says why, and is ready when it is back', async (t) => {
    const path = join(stateDirectory('admin'), 'xmpp.sock');   // unlike a port, nobody else takes it meanwhile
    const own = await withAdmin(await launchProxy('--upstream', `unix:${path}`, '--admin', '127.0.0.1:0'));
    t.after(() => own.process.kill());
    const readiness = () => fetch(`${own.admin}readyz`);
    const away = await readiness();
    assert.equal(away.status, 503);
    assert.match(away.headers.get('retry-after'), /^\d+$/);
    assert.match(await away.text(), /^not ready: ./);
    assert.equal((await fetch(`${own.admin}healthz`)).status, 200);

    const back = createServer((socket) => socket.on('error', () => {})).listen(path).unref();
    t.after(() => back.close());
    await until(async () => (await readiness()).status === 200, 'readiness');
  });

  it('listens on a Unix-domain socket, which is gone when the program ends', async (t) => {
    const path = join(stateDirectory('admin'), 'admin.sock');
    const own = await startWatched(server, '--admin', `unix:${path}`);
    t.after(() => own.process.kill());
    const fetchLocal = () => new Promise((resolve, reject) => {
      get({ socketPath: path, path: '/readyz' }, (answer) => resolve(text(answer))).on('error', reject);
    });
    assert.equal(await fetchLocal(), 'ready\n');
    own.process.signal('SIGTERM');
    assert.deepEqual(await within(own.process.exited, 'exit'), { code: 0, signal: null });
    await assert.rejects(fetchLocal(), { code: 'ENOENT' });
  });
});
