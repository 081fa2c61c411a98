// Debian's HAProxy before wsxmpp: in HTTP mode it ends TLS and says who the client is in a header; in TCP mode, by the
// PROXY protocol, which it invented.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { openBrowser, openTab } from './support/browser.js';
import { XmppJsClient } from './support/clients/xmppjs.js';
import { until, within } from './support/deadline.js';
import { pemOf, startHaproxy } from './support/haproxy.js';
import { launchAt, portOf } from './support/proxy.js';
import { startScripted } from './support/scripted.js';
import { CLIENT, SITE, Site, start } from './support/site.js';
import { Wire } from './support/wire.js';

const FORGED = '203.0.113.7';

describe('behind HAProxy', () => {
  let site, pem;
  before(async () => {
    site = await Site.start();
    pem = pemOf(site.certificate);
  });
  after(() => site?.stop());

  /** The URL of HAProxy in this mode before a server; `bind` and `server` are what stands behind their addresses. */
  const publish = async (t, proxy, mode, { bind = '', server = '', lines = '' }) => {
    const config = (port) => `
      listen site
        mode ${mode}
        bind 127.0.0.1:${port} ${bind}
        ${lines}
        server wsxmpp 127.0.0.1:${portOf(proxy.url)} ${server}
`;
    const { port } = await start(t, startHaproxy(config));
    return `wss://${SITE}:${port}/`;
  };

  it('@xmpp/client chats through its TLS', async (t) => {
    const users = site.pair();
    const proxy = await site.wsxmpp(t, 'ws://127.0.0.1:0');
    const url = await publish(t, proxy, 'http', { bind: `ssl crt ${pem}` });
    const [here, there] = await Promise.all(users.map((user) => XmppJsClient.login(url, user)));
    here.message(there.jid, 'through HAProxy');
    assert.equal((await there.messages.next()).body, 'through HAProxy');
    await Promise.all([here.close(), there.close()]);
  });

  describe('in HTTP mode', () => {
    for (const [header, tells, lines] of [
      ['X-Forwarded-For', 'x-forwarded-for', 'option forwardfor'], // it adds a line of its own
      ['Forwarded', 'forwarded', 'http-request add-header Forwarded for=%[src];proto=https'], // an option from 2.8 on
    ]) {
      it(`a session is of the client that ${header} names, whatever that client says who it is`, async (t) => {
        const proxy = await site.wsxmpp(t, 'ws://127.0.0.1:0', '--trusted-proxy', `127.0.0.1=${tells}`);
        const url = await publish(t, proxy, 'http', { bind: `ssl crt ${pem}`, lines });
        const headers = { 'X-Forwarded-For': FORGED, Forwarded: `for=${FORGED}` };
        assert.equal((await site.peerOf(proxy, url, headers)).peer, CLIENT);
      });
    }
  });

  it('a browser opens the WebSocket over HTTP/2, the same connection that the page at / came by (RFC 8441)', async (t) => {
    const proxy = await site.wsxmpp(t, 'ws://127.0.0.1:0', '--trusted-proxy', '127.0.0.1', '--path', '/xmpp-websocket');
    const config = (port) => `
      listen site
        mode http
        bind 127.0.0.1:${port} ssl crt ${pem} alpn h2,http/1.1
        option forwardfor
        http-request set-header X-Forwarded-Proto https
        log stdout format raw local0 info
        log-format "%sslv %HV %HP %ST from %cp"
        server wsxmpp 127.0.0.1:${portOf(proxy.url)}
`;
    const haproxy = await start(t, startHaproxy(config));
    const hosts = { [`${SITE}:443`]: haproxy.port };
    const browser = await openBrowser({ caFile: site.authority.file, hosts });
    t.after(() => browser.close());
    const page = await openTab(browser);
    await page.goto(`https://${SITE}/`);
    await page.getByRole('status').getByText('It works').waitFor();
    const [, first] = await haproxy.process.line(/ HTTP\/2\.0 \S*\/ 200 from (\d+)/, 'page', 'stdout');
    const [, second] = await haproxy.process.line(/ HTTP\/2\.0 \S*\/xmpp-websocket 101 from (\d+)/, 'upgrade', 'stdout');
    assert.equal(first, second);
    assert.deepEqual(page.errors, []);
  });

  describe('in TCP mode', () => {
    for (const { place, server } of [
      { place: 'ws://127.0.0.1:0', server: 'send-proxy' },
      { place: 'ws://127.0.0.1:0', server: 'send-proxy-v2' },
      { place: 'ws://127.0.0.1:0', server: 'send-proxy-v2-ssl-cn proxy-v2-options crc32c,unique-id' }, // with TLVs
      { place: 'wss://127.0.0.1:0', server: 'send-proxy' },
      { place: 'wss://127.0.0.1:0', server: 'send-proxy-v2' },
    ]) {
      const passes = place.startsWith('wss');
      it(`a session is of the client: ${server.split(' ')[0]}, TLS ${passes ? 'passed through' : 'ended'}`, async (t) => {
        const proxy = await site.wsxmpp(t, place, '--trusted-proxy', '127.0.0.0/29=proxy-protocol');
        const url = await publish(t, proxy, 'tcp', { bind: passes ? '' : `ssl crt ${pem}`, server });
        const { peer, port } = await site.peerOf(proxy, url);
        assert.equal(peer, `${CLIENT}:${port}`);
      });
    }

    it('its check of /readyz comes without a client (LOCAL), and is answered', async (t) => {
      const proxy = await site.wsxmpp(t, 'ws://127.0.0.1:0', '--trusted-proxy', '127.0.0.1=proxy-protocol');
      const config = (port) => `
        listen site
          mode tcp
          bind 127.0.0.1:${port}
          option httpchk GET /readyz
          server wsxmpp 127.0.0.1:${portOf(proxy.url)} send-proxy-v2 check check-send-proxy inter 100ms
`;
      const haproxy = await start(t, startHaproxy(config));
      await until(async () => /^site,wsxmpp,.*,UP,.*,L7OK,200,/m.test(await haproxy.ask('show stat')), 'answer to a check');
    });

    it('the XMPP server is told the client, too', async (t) => {
      const server = await startScripted();
      t.after(() => server.stop());
      const both = ['--trusted-proxy', '127.0.0.1=proxy-protocol', '--proxy-protocol', 'v2'];
      const upstream = ['--upstream', `127.0.0.1:${server.port}`];
      const proxy = await start(t, launchAt(['ws://127.0.0.1:0'], ...upstream, ...both));
      const page = await Wire.connect(await publish(t, proxy, 'tcp', { bind: `ssl crt ${pem}`, server: 'send-proxy-v2' }), site.client);
      page.send(page.framing.open);
      const bytes = await until(() => server.heard.find((text) => text.includes('<stream:stream')), 'stream');
      assert.deepEqual([...Buffer.from(bytes, 'latin1').subarray(16, 20)], [127, 0, 0, 9]);
      page.lose();
    });

    it('a client that goes round it and says that it is HAProxy gets a 400, as one who speaks no HTTP', async (t) => {
      const proxy = await site.wsxmpp(t, 'ws://127.0.0.1:0', '--trusted-proxy', '127.0.0.1=proxy-protocol');
      const socket = connect({ port: portOf(proxy.url), host: '127.0.0.1', localAddress: CLIENT }).setEncoding('utf8');
      socket.write(`PROXY TCP4 ${FORGED} 127.0.0.1 40000 443\r\nGET / HTTP/1.1\r\nHost: ${SITE}\r\n\r\n`);
      const [answer] = await within(once(socket, 'data'), 'answer');
      assert.match(answer, /^HTTP\/1\.1 400 /);
      socket.destroy();
    });
  });

  it('its check of /readyz takes a server out that drains, and leaves its sessions alone', async (t) => {
    const [alice, bob] = site.pair();
    const drain = ['--drain-delay', '3600', '--drain-timeout', '3600'];
    const [first, second] = await Promise.all([1, 2].map(() => site.wsxmpp(t, 'ws://127.0.0.1:0', ...drain)));
    const config = (port) => `
      listen site
        mode http
        bind 127.0.0.1:${port} ssl crt ${pem}
        option httpchk GET /readyz
        default-server check inter 100ms fall 1
        server first 127.0.0.1:${portOf(first.url)}
        server second 127.0.0.1:${portOf(second.url)} backup
`;
    const haproxy = await start(t, startHaproxy(config));
    const url = `wss://${SITE}:${haproxy.port}/`;
    const before = await Wire.login(url, alice, site.client);
    first.process.signal('SIGTERM');
    await haproxy.process.line(/Server site\/first is DOWN.*code: 503/, 'word that the server is down');

    const after = await Wire.login(url, bob, site.client);
    before.message(after.jid, 'from a server that drains');
    assert.equal(await after.body(), 'from a server that drains');
    await Promise.all([before.close(), after.close()]);
    await second.process.line(/ session ended /, 'session of the second', 'stderr');
  });
});
