// Clients that are slow, on purpose or not, by the hundred: each is ended in time, as its state allows, and in the log;
// they cost little; and the others are served all the while.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { selfSigned } from './support/certificates.js';
import { until, within } from './support/deadline.js';
import { FLOOD, startFlood } from './support/flood.js';
import { launchAt, portOf } from './support/proxy.js';
import { start } from './support/site.js';
import { frame, isSanitized, memoryOf, PART_OF_HELLO, SlowClient, UPGRADE } from './support/slow.js';
import { RFC7395, rfc7395, Wire } from './support/wire.js';

const COUNT = 300;
const PATIENCE_MS = 30_000;

const many = (make) => Promise.all(Array.from({ length: COUNT }, make));
const ended = (clients) =>
  within(Promise.all(clients.map(({ closed }) => closed)), `end of ${COUNT} slow clients`, PATIENCE_MS);
const heardBy = (clients) => clients.map(({ heard }) => heard.toString());

/** So many lines of the log match. */
const logged = (proxy, pattern) =>
  until(() => proxy.process.matches(pattern, 'stderr').length === COUNT, `${COUNT} lines ${pattern}`, PATIENCE_MS);

/** Someone who is not slow. */
async function isServed(url) {
  const wire = await Wire.connect(url, { rejectUnauthorized: false });
  await wire.open();
  wire.message('someone@localhost', 'meanwhile');
  assert.equal(await wire.body(), 'meanwhile');
  assert.equal((await wire.close()).code, 1000);
}

describe(`${COUNT} clients`, { concurrency: 2 }, () => {
  let files;
  before(() => {
    const { certificate, key } = selfSigned('localhost');
    files = ['--tls-cert', certificate, '--tls-key', key];
  });

  const startProxy = async (t, place, ...options) => {
    const server = await startFlood();
    t.after(() => server.stop());
    const proxy = await start(t, launchAt([place], '--upstream', `127.0.0.1:${server.port}`, ...options));
    return { ...proxy, port: portOf(proxy.url) };
  };

  it('that stop in the TLS handshake are closed after --handshake-timeout', async (t) => {
    const proxy = await startProxy(t, 'wss://127.0.0.1:0', '--handshake-timeout', '3', ...files);
    const clients = await many(() => new SlowClient(proxy.port));
    for (const client of clients) client.say(PART_OF_HELLO);
    await isServed(proxy.url);
    await ended(clients);
    assert.ok(heardBy(clients).every((heard) => heard === ''));
    await logged(proxy, /TLS.*timeout/i);
  });

  it('that send their request a byte at a time hear 408', async (t) => {
    const proxy = await startProxy(t, 'ws://127.0.0.1:0', '--handshake-timeout', '3');
    const clients = await many(() => new SlowClient(proxy.port));
    for (const client of clients) client.dribble(UPGRADE);
    await isServed(proxy.url);
    await ended(clients);
    assert.ok(heardBy(clients).every((heard) => /^HTTP\/1\.1 408 /.test(heard)));
    await logged(proxy, / status=408/);
  });

  it('that stop in their first frame hear connection-timeout', async (t) => {
    const proxy = await startProxy(t, 'ws://127.0.0.1:0', '--open-timeout', '3', '--close-timeout', '1');
    const clients = await many(() => SlowClient.open(proxy.port));
    for (const client of clients) client.say(frame(RFC7395.open).subarray(0, 20));
    await isServed(proxy.url);
    await ended(clients);
    assert.ok(heardBy(clients).every((heard) => /<connection-timeout.*<close /.test(heard)));
    await logged(proxy, / session ended .*close_code=1008 cause="no stream header in time"/);
  });

  it('that never read what a server sends without end take little memory, and are ended', async (t) => {
    const proxy = await startProxy(t, 'ws://127.0.0.1:0', '--ping-interval', '1', '--pong-timeout', '1');
    const clients = await many(() => SlowClient.open(proxy.port));
    const before = memoryOf(proxy.process, 'VmRSS');
    for (const client of clients) {
      client.stopReading();
      client.say(frame(rfc7395(FLOOD).open));
    }
    await isServed(proxy.url);
    await logged(proxy, / session ended .*cause="no answer to a ping in time"/);
    const each = (memoryOf(proxy.process, 'VmHWM') - before) / COUNT;
    t.diagnostic(`${each.toFixed(1)} KiB a client at most`);
    assert.ok(each < 128 || isSanitized(), `${each} KiB a client`);
    for (const { socket } of clients) socket.destroy();
  });
});
