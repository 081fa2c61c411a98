// Clients that are slow, on purpose or not, by the hundred: each is ended in time, as its state allows, is in the
// log and counted; they cost little; and the others are served all the while.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { selfSigned } from './support/certificates.js';
import { until, within } from './support/deadline.js';
import { FLOOD, startFlood } from './support/flood.js';
import { counts, limitHit, WITH_METRICS } from './support/metrics.js';
import { launchAt, portOf } from './support/proxy.js';
import { start } from './support/site.js';
import { frame, isSanitized, memoryOf, PART_OF_HELLO, SlowClient, UPGRADE } from './support/slow.js';
import { RFC7395, rfc7395, Wire } from './support/wire.js';

const WRITERS = 300;
// What the kernel keeps for each is some MB, which somebody has to send, and a sanitizer to look at.
const READERS = isSanitized() ? 30 : 100;
const WAVE = 20;
const PATIENCE_MS = 30_000;

const many = (count, make) => Promise.all(Array.from({ length: count }, make));
const ended = (clients) =>
  within(Promise.all(clients.map(({ closed }) => closed)), 'end of the slow clients', PATIENCE_MS);
const heardBy = (clients) => clients.map(({ heard }) => heard.toString());

/** How many the log tells of: in a line of their own, or, of refusals that come all at once, in those that sum them up. */
const told = ({ process }, pattern) =>
  process.matches(/ more connections were refused or failed .*times=(\d+)/, 'stderr')
    .reduce((sum, [, times]) => sum + Number(times), process.matches(pattern, 'stderr').length);
const logged = (proxy, pattern, count) =>
  until(() => told(proxy, pattern) === count, `${count} in the log, ${pattern}`, PATIENCE_MS);

/** Someone who is not slow. */
async function isServed(url) {
  const wire = await Wire.connect(url, { rejectUnauthorized: false });
  await wire.open();
  wire.message('someone@localhost', 'meanwhile');
  assert.equal(await wire.body(), 'meanwhile');
  assert.equal((await wire.close()).code, 1000);
}

/** wsxmpp before a server that floods. */
async function startProxy(t, place, ...options) {
  const server = await startFlood();
  t.after(() => server.stop());
  const proxy = await start(t, launchAt([place], '--upstream', `127.0.0.1:${server.port}`, ...WITH_METRICS, ...options));
  return { ...proxy, port: portOf(proxy.url) };
}

describe(`${WRITERS} clients`, { concurrency: true }, () => {
  it('that stop in the TLS handshake are closed after --handshake-timeout', async (t) => {
    const { certificate, key } = selfSigned('localhost');
    const tls = ['--tls-cert', certificate, '--tls-key', key];
    const proxy = await startProxy(t, 'wss://127.0.0.1:0', '--handshake-timeout', '3', '--log-level', 'debug', ...tls);
    const clients = await many(WRITERS, () => new SlowClient(proxy.port));
    for (const client of clients) client.say(PART_OF_HELLO);
    await isServed(proxy.url);
    await ended(clients);
    assert.ok(heardBy(clients).every((heard) => heard === ''));
    await logged(proxy, / TLS handshake failed .*reason="it took too long"/, WRITERS);
    await counts(proxy, 'wsxmpp_handshake_failures_total{cause="timeout"}', WRITERS);
  });

  it('that send their request a byte at a time hear 408', async (t) => {
    const proxy = await startProxy(t, 'ws://127.0.0.1:0', '--handshake-timeout', '3', '--log-level', 'debug');
    const clients = await many(WRITERS, () => new SlowClient(proxy.port));
    for (const client of clients) client.dribble(UPGRADE);
    await isServed(proxy.url);
    await ended(clients);
    assert.ok(heardBy(clients).every((heard) => /^HTTP\/1\.1 408 /.test(heard)));
    await logged(proxy, / status=408/, WRITERS);
    await counts(proxy, 'wsxmpp_http_responses_total{status="408"}', WRITERS);
    await counts(proxy, limitHit('handshake-timeout'), WRITERS);
  });

  it('that stop in their first frame hear connection-timeout', async (t) => {
    const proxy = await startProxy(t, 'ws://127.0.0.1:0', '--open-timeout', '3', '--close-timeout', '1');
    const clients = await many(WRITERS, () => SlowClient.open(proxy.port));
    for (const client of clients) client.say(frame(RFC7395.open).subarray(0, 20));
    await isServed(proxy.url);
    await ended(clients);
    assert.ok(heardBy(clients).every((heard) => /<connection-timeout.*<close /.test(heard)));
    await logged(proxy, / session ended .*close_code=1008 cause="no stream header in time"/, WRITERS);
    await counts(proxy, limitHit('open-timeout'), WRITERS);
  });
});

it(`${READERS} clients that never read what a server sends without end take little memory, and are ended`, async (t) => {
  const proxy = await startProxy(t, 'ws://127.0.0.1:0', '--ping-interval', '3', '--pong-timeout', '1');
  const clients = await many(READERS, () => SlowClient.open(proxy.port));
  const before = memoryOf(proxy.process, 'VmRSS');
  for (let first = 0; first < READERS; first += WAVE) {
    for (const client of clients.slice(first, first + WAVE)) {
      client.stopReading();
      client.say(frame(rfc7395(FLOOD).open));
    }
    await isServed(proxy.url);
  }
  await logged(proxy, / session ended .*cause="no answer to a ping in time"/, READERS);
  await counts(proxy, limitHit('pong-timeout'), READERS);
  const each = (memoryOf(proxy.process, 'VmHWM') - before) / READERS;
  t.diagnostic(`${each.toFixed(1)} KiB a client at most`);
  assert.ok(each < 128 || isSanitized(), `${each} KiB a client`);
  for (const { socket } of clients) socket.destroy();
});
