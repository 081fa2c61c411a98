// Clients that know nothing but a domain find the WebSocket by what wsxmpp itself says at https://DOMAIN/.well-known/
// (XEP-0156): Converse in a browser, and what stanza and @xmpp/client look for.
import assert from 'node:assert/strict';
import { extname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openBrowser, openTab, screenshot } from './support/browser.js';
import { fetchOnNetwork, setNetwork } from './support/network.js';
import { serve } from './support/pages.js';
import { portOf } from './support/proxy.js';
import { SITE, Site } from './support/site.js';

// Both take the fetch() that they find when they are loaded.
globalThis.fetch = fetchOnNetwork;
const { default: xmppResolve } = await import('@xmpp/resolve/resolve.js');
const { default: stanza } = await import('stanza');
const { XmppJsClient } = await import('./support/clients/xmppjs.js');

const ENDPOINT = `wss://${SITE}/xmpp-websocket`;

const PAGE = fileURLToPath(new URL('support/converse.html', import.meta.url));
const DIST = fileURLToPath(new URL('node_modules/converse.js/dist/', import.meta.url));
const TYPES = { '.css': 'text/css', '.js': 'text/javascript', '.json': 'application/json', '.svg': 'image/svg+xml' };

/** A server of Converse alone, as a web host has it: not the site that it talks to. */
const serveConverse = () =>
  serve((path) => {
    if (path === '/') return [PAGE, 'text/html'];
    if (path.startsWith('/dist/')) return [join(DIST, path.slice('/dist/'.length)), TYPES[extname(path)] ?? 'application/octet-stream'];
    return undefined;
  });

describe('a client that knows the domain alone', () => {
  let site, proxy;
  before(async () => {
    site = await Site.start();
    proxy = await site.wsxmpp({ after: () => {} }, 'wss://127.0.0.1:0', '--path', '/xmpp-websocket');
    setNetwork({ ca: site.ca, ports: { [`${SITE}:443`]: portOf(proxy.url) } });
  });
  after(() => Promise.all([proxy?.process.kill(), site?.stop()]));

  it('Converse, on a page from elsewhere: it logs in, and a message comes', async (t) => {
    const [alice, bob] = site.pair();
    const pages = await serveConverse();
    t.after(() => pages.stop());
    const browser = await openBrowser({
      caFile: site.authority.file,
      hosts: { [`${SITE}:443`]: portOf(proxy.url) },
    });
    t.after(() => browser.close());
    const page = await openTab(browser);
    await page.goto(pages.url);
    await page.getByPlaceholder('user@domain').fill(alice.jid);
    await page.getByPlaceholder('password').fill(alice.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('I am online').waitFor();

    const friend = await XmppJsClient.login(ENDPOINT, bob);
    friend.presence();
    friend.message(alice.jid, 'You have found the way');
    await page.getByText(bob.jid).first().click();
    await page.getByText('You have found the way').last().waitFor();
    await screenshot(page, 'converse');
    assert.deepEqual(page.errors, []);
    await friend.close();
  });

  it('@xmpp/client, by its own discovery', async () => {
    const found = await xmppResolve.http.resolve(SITE);
    assert.deepEqual(found.map(({ method, uri }) => [method, uri]), [['websocket', ENDPOINT]]);
    const client = await XmppJsClient.login(found[0].uri, site.pair()[0]);
    await client.close();
  });

  it('stanza, by its own discovery', async () => {
    const client = stanza.createClient({ server: SITE, allowAlternateDNSDiscovery: false });
    assert.deepEqual(await client.discoverBindings(SITE), { bosh: [], websocket: [ENDPOINT] });
  });

  for (const [path, type] of [['host-meta', 'application/xrd+xml'], ['host-meta.json', 'application/json']]) {
    it(`any page may read ${path}, which is ${type}`, async () => {
      const { status, headers } = await fetchOnNetwork(`https://${SITE}/.well-known/${path}`);
      assert.equal(status, 200);
      assert.equal(headers.get('access-control-allow-origin'), '*');
      assert.equal(headers.get('content-type').split(';')[0], type);
    });
  }
});
