// What the port answers over HTTP: to clients that look for the WebSocket, to load balancers, and to who may not connect.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { SaxesParser } from 'saxes';
import WebSocket from 'ws';
import { until, within } from './support/deadline.js';
import { startProsody } from './support/prosody.js';
import { launchProxy, startProxy } from './support/proxy.js';

const RELATION = 'urn:xmpp:alt-connections:websocket';

async function ask(proxy, path, { method = 'GET', headers = {} } = {}) {
  const sent = request(new URL(path, proxy.url.replace('ws:', 'http:')), { method, headers }).end();
  const [response] = await within(once(sent, 'response'), `answer to ${path}`);
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return { status: response.statusCode, headers: response.headers, body };
}

/** The links of an XRD document, read by a strict parser. */
function linksOf(xml) {
  const elements = [];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => assert.fail(error));
  parser.on('opentag', ({ uri, name, attributes }) => {
    elements.push({ uri, name, ...Object.fromEntries(Object.values(attributes).map(({ local, value }) => [local, value])) });
  });
  parser.write(xml).close();
  const [root, ...links] = elements;
  assert.deepEqual([root.uri, root.name], ['http://docs.oasis-open.org/ns/xri/xrd-1.0', 'XRD']);
  return links.map(({ name, rel, href }) => ({ name, rel, href }));
}

/** What became of a WebSocket handshake: 101, or the status and the text. */
async function handshake(url, options) {
  const socket = new WebSocket(url, 'xmpp', options);
  socket.on('error', () => {});
  const opened = once(socket, 'open').then(() => ({ status: 101 }));
  const refused = once(socket, 'unexpected-response').then(async ([, response]) => {
    let body = '';
    for await (const chunk of response.setEncoding('utf8')) body += chunk;
    return { status: response.statusCode, body };
  });
  const outcome = await within(Promise.race([opened, refused]), 'answer to a handshake');
  socket.terminate();
  return outcome;
}

describe('host-meta', () => {
  for (const [options, host, url] of [
    [[], 'chat.example.org', 'ws://chat.example.org/'],
    [['--path', '/xmpp-websocket'], 'chat.example.org:8080', 'ws://chat.example.org:8080/xmpp-websocket'],
    [['--public-url', 'wss://a.example/?b=1&c=2'], '10.0.0.1', 'wss://a.example/?b=1&c=2'],
  ]) {
    it(`names ${url} to ${host} with the options '${options.join(' ')}'`, async (t) => {
      const proxy = await launchProxy(...options);
      t.after(() => proxy.process.kill());
      const xml = await ask(proxy, '/.well-known/host-meta', { headers: { host } });
      assert.equal(xml.headers['content-type'], 'application/xrd+xml');
      assert.equal(xml.headers['access-control-allow-origin'], '*');
      assert.deepEqual(linksOf(xml.body), [{ name: 'Link', rel: RELATION, href: url }]);

      const json = await ask(proxy, '/.well-known/host-meta.json', { headers: { host } });
      assert.equal(json.headers['content-type'], 'application/json');
      assert.equal(json.headers['access-control-allow-origin'], '*');
      assert.deepEqual(JSON.parse(json.body), { links: [{ rel: RELATION, href: url }] });

      const head = await ask(proxy, '/.well-known/host-meta', { headers: { host }, method: 'HEAD' });
      assert.equal(head.body, '');
      const { date } = xml.headers; // a second may have passed
      assert.deepEqual({ ...head.headers, date }, xml.headers);
    });
  }
});

describe('requests that are refused', () => {
  let proxy;
  before(async () => {
    proxy = await launchProxy('--path', '/xmpp', '--origin', 'https://example.org', '--origin', 'https://*.example.net');
  });
  after(() => proxy?.process.kill());

  it('a WebSocket is taken at the path alone', async () => {
    assert.equal((await handshake(proxy.url)).status, 101);
    assert.equal((await handshake(`${proxy.url}?token=1`)).status, 101);
    const { status, body } = await handshake(proxy.url.replace('/xmpp', '/other'));
    assert.equal(status, 404);
    assert.match(body, /no WebSocket at \/other/);
  });

  it('a WebSocket is taken from pages on the list, and from programs', async () => {
    for (const origin of ['https://example.org', 'https://a.example.net', undefined]) {
      assert.equal((await handshake(proxy.url, { origin })).status, 101, origin);
    }
    for (const origin of ['https://example.net', 'https://evilexample.net', 'http://example.org', 'null']) {
      const { status, body } = await handshake(proxy.url, { origin });
      assert.equal(status, 403, origin);
      assert.ok(body.includes(`--origin ${origin}`), body);
    }
  });

  it('pages have the statuses that clients expect', async () => {
    const upgrade = await ask(proxy, '/xmpp');
    assert.deepEqual([upgrade.status, upgrade.headers.upgrade], [426, 'websocket']);
    assert.equal((await ask(proxy, '/favicon.ico')).status, 404);
    const posted = await ask(proxy, '/healthz', { method: 'POST' });
    assert.deepEqual([posted.status, posted.headers.allow], [405, 'GET, HEAD']);
    assert.equal((await ask(proxy, '/', { headers: { 'content-length': '5' } })).status, 413);
    assert.equal((await ask(proxy, `/${'x'.repeat(8000)}`)).status, 414);
    assert.equal((await ask(proxy, '/', { headers: { cookie: 'x'.repeat(8192) } })).status, 431);
  });
});

describe('/healthz and /readyz', () => {
  it('a server that can be reached makes it ready, and one that is gone does not', async (t) => {
    const prosody = await startProsody();
    t.after(() => prosody.process.kill());
    const proxy = await startProxy(prosody.port);
    t.after(() => proxy.process.kill());
    assert.deepEqual((await ask(proxy, '/readyz')).body, 'ready\n');
    assert.deepEqual((await ask(proxy, '/healthz')).body, 'ok\n');
    await prosody.process.kill();

    const late = await startProxy(prosody.port); // knows nothing yet
    t.after(() => late.process.kill());
    const answer = await ask(late, '/readyz');
    assert.equal(answer.status, 503);
    assert.match(answer.headers['retry-after'], /^\d+$/);
    assert.match(answer.body, /^not ready: .*refused\n$/i);
    assert.doesNotMatch(answer.body, /127\.0\.0\.1/, 'where the server is, is none of its business');
    assert.equal((await ask(late, '/healthz')).status, 200);
  });

  it('a flood of questions makes one connection a thread', async (t) => {
    let connections = 0;
    const server = createServer((socket) => {
      connections += 1;
      socket.on('error', () => {});
    }).listen(0, '127.0.0.1').unref();
    t.after(() => server.close());
    await once(server, 'listening');
    const proxy = await startProxy(server.address().port, '--threads', '1');
    t.after(() => proxy.process.kill());
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(proxy, '/readyz')));
    assert.ok(answers.every(({ status }) => status === 200));
    await until(() => connections > 0, 'connection');
    assert.equal(connections, 1);
  });

  it('with --any-domain alone it is ready without a look', async (t) => {
    const proxy = await launchProxy('--any-domain');
    t.after(() => proxy.process.kill());
    assert.equal((await ask(proxy, '/readyz')).status, 200);
  });

  it('after SIGTERM it is not ready, and clients are served until --drain-delay is over', async (t) => {
    const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1').unref();
    t.after(() => server.close());
    await once(server, 'listening');
    const proxy = await startProxy(server.address().port, '--drain-delay', '3', '--drain-timeout', '0');
    t.after(() => proxy.process.kill());
    assert.equal((await ask(proxy, '/readyz')).status, 200);
    proxy.process.signal('SIGTERM');
    const ready = async () => (await ask(proxy, '/readyz')).status === 200;
    await until(async () => !(await ready()), '503 of /readyz');
    assert.match((await ask(proxy, '/readyz')).body, /shutting down/);
    assert.equal((await ask(proxy, '/healthz')).status, 200);
    assert.equal((await handshake(proxy.url)).status, 101, 'new clients are still served');
    assert.deepEqual(await within(proxy.process.exited, 'exit'), { code: 0, signal: null });
  });
});

