// Debian's nginx before wsxmpp: it ends TLS and says who the client is; or it passes TLS through, and says so as well.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { StropheClient } from './support/clients/strophe.js';
import { XmppJsClient } from './support/clients/xmppjs.js';
import { fetchOnNetwork } from './support/network.js';
import { startNginx, tlsWith } from './support/nginx.js';
import { portOf } from './support/proxy.js';
import { CLIENT, SITE, Site, start } from './support/site.js';
import { stateDirectory } from './support/state.js';

const FORGED = { 'X-Forwarded-For': '203.0.113.7' };

describe('behind nginx', () => {
  let site;
  before(async () => (site = await Site.start()));
  after(() => site?.stop());

  const config = (port, backend) => `
    map $http_upgrade $connection_upgrade { default upgrade; '' close; }
    server {
      listen 127.0.0.1:${port} ssl;
      server_name ${SITE};
      ${tlsWith(site.certificate)}
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      location = /xmpp-websocket { proxy_pass ${backend}; }
      location /.well-known/ { proxy_pass ${backend}; }
    }`;
  /** The URL of nginx with TLS before `backend`, as proxy_pass takes it. */
  const publish = async (t, backend) => {
    const { port } = await start(t, startNginx((port) => ({ http: config(port, backend) })));
    return `wss://${SITE}:${port}/xmpp-websocket`;
  };
  const httpAt = ({ url }) => `http://127.0.0.1:${portOf(url)}`;

  it('Strophe and @xmpp/client chat through its TLS', async (t) => {
    const [alice, bob] = site.pair();
    const url = await publish(t, httpAt(await site.wsxmpp(t, 'ws://127.0.0.1:0')));
    const [here, there] = await Promise.all([StropheClient.login(url, alice), XmppJsClient.login(url, bob)]);
    here.message(there.jid, 'through nginx');
    assert.equal((await there.messages.next()).body, 'through nginx');
    there.message(here.jid, 'and back');
    assert.equal((await here.messages.next()).body, 'and back');
    await Promise.all([here.close(), there.close()]);
  });

  it('host-meta names wss, since it says that TLS ends there', async (t) => {
    const proxy = await site.wsxmpp(t, 'ws://127.0.0.1:0', '--trusted-proxy', '127.0.0.1', '--path', '/xmpp-websocket');
    const url = await publish(t, httpAt(proxy));
    const { port } = new URL(url);
    const { status, ...answer } = await fetchOnNetwork(`https://${SITE}:${port}/.well-known/host-meta.json`);
    assert.equal(status, 200);
    const { links } = await answer.json();
    assert.deepEqual(links.map(({ href }) => href), [url]);
    assert.equal((await fetchOnNetwork(`https://${SITE}:${port}/xmpp-websocket`)).status, 426);
  });

  it('a session is of the client with --trusted-proxy, whatever that client says who it is', async (t) => {
    const proxy = await site.wsxmpp(t, 'ws://127.0.0.1:0', '--trusted-proxy', '127.0.0.1');
    const { peer } = await site.peerOf(proxy, await publish(t, httpAt(proxy)), FORGED);
    assert.equal(peer, CLIENT);
  });

  it('a session is of nginx without --trusted-proxy', async (t) => {
    const proxy = await site.wsxmpp(t, 'ws://127.0.0.1:0');
    const { peer } = await site.peerOf(proxy, await publish(t, httpAt(proxy)), FORGED);
    assert.match(peer, /^127\.0\.0\.1:\d+$/);
  });

  it('a client that goes round it is not believed', async (t) => {
    const proxy = await site.wsxmpp(t, 'ws://127.0.0.1:0', '--trusted-proxy', '127.0.0.1');
    const { peer, port } = await site.peerOf(proxy, proxy.url, FORGED);
    assert.equal(peer, `${CLIENT}:${port}`);
  });

  it('a Unix-domain socket is between them, and the session is of the client', async (t) => {
    const path = join(stateDirectory('listen'), 'wsxmpp.sock');
    const proxy = await site.wsxmpp(t, `unix:${path}`, '--trusted-proxy', 'unix:');
    const { peer } = await site.peerOf(proxy, await publish(t, `http://unix:${path}`));
    assert.equal(peer, CLIENT);
  });

  it('its stream module passes TLS through, and tells the client by the PROXY protocol', async (t) => {
    const proxy = await site.wsxmpp(t, 'wss://127.0.0.1:0', '--trusted-proxy', '127.0.0.1=proxy-protocol');
    const stream = (port) =>
      `server { listen 127.0.0.1:${port}; proxy_pass 127.0.0.1:${portOf(proxy.url)}; proxy_protocol on; }`;
    const nginx = await start(t, startNginx((port) => ({ stream: stream(port) })));
    const { peer, port } = await site.peerOf(proxy, `wss://${SITE}:${nginx.port}/`);
    assert.equal(peer, `${CLIENT}:${port}`);
  });
});
