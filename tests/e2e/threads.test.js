// A connection lives on one of the proxy's threads, and the threads share the work.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { until, within } from './support/deadline.js';
import { startEcho } from './support/echo.js';
import { startProxy } from './support/proxy.js';
import { Wire } from './support/wire.js';

/** A proxy, and its log as the lines of each session: [{ session, thread, text }]. */
async function start(t, { threads, level = 'debug', options = [] }) {
  const echo = await startEcho();
  const proxy = await startProxy(echo.port, '--threads', String(threads), '--log-level', level, ...options);
  t.after(() => proxy.process.kill());
  const lines = (message = '') =>
    proxy.process
      .matches(new RegExp(` ${message}.* session=(\\d+) .*thread=(\\d+)$`), 'stderr')
      .map(([text, session, thread]) => ({ text, session, thread }));
  return { ...proxy, lines };
}

const connect = (url, count) => Promise.all(Array.from({ length: count }, () => Wire.connect(url)));

/** Open streams, of which each has said something and heard it again. */
async function converse(url, count) {
  const wires = await connect(url, count);
  await Promise.all(wires.map((wire) => wire.open()));
  await Promise.all(wires.map((wire, i) => repeats(wire, i)));
  return wires;
}

async function repeats(wire, i) {
  wire.message('echo@localhost', `message ${i}`);
  assert.equal(await wire.body(), `message ${i}`);
}

function groups(items, key) {
  const map = new Map();
  for (const item of items) map.set(item[key], [...(map.get(item[key]) ?? []), item]);
  return map;
}

describe('threads', () => {
  // The kernel chooses by a hash of addresses and ports: binomial. That 400 connections leave a thread less than 100
  // of 2 has a probability of 1e-24, less than 40 of 4 one of 4e-14.
  for (const { threads, least } of [{ threads: 2, least: 100 }, { threads: 4, least: 40 }]) {
    it(`spreads 400 connections evenly over ${threads} threads`, async (t) => {
      const count = 400;
      const proxy = await start(t, { threads });
      const wires = await connect(proxy.url, count);
      await until(() => proxy.lines('session started').length === count, 'log line of each session');
      const spread = [...groups(proxy.lines('session started'), 'thread').values()].map(({ length }) => length);
      t.diagnostic(`connections on each thread: ${spread.join(', ')}`);
      assert.equal(spread.length, threads);
      assert.ok(Math.min(...spread) >= least, `spread: ${spread}`);
      for (const wire of wires) wire.lose();
    });
  }

  it('keeps a session on its thread from start to end, and numbers sessions over all threads', async (t) => {
    const count = 40;
    const proxy = await start(t, { threads: 4, level: 'trace' });
    const wires = await converse(proxy.url, count);
    await Promise.all(wires.map((wire) => wire.close()));
    await until(() => proxy.lines('session ended').length === count, 'end of each session');

    const sessions = groups(proxy.lines(), 'session');
    assert.equal(sessions.size, count, 'as many ids as sessions');
    for (const lines of sessions.values()) {
      assert.equal(new Set(lines.map(({ thread }) => thread)).size, 1, lines.map(({ text }) => text).join('\n'));
      for (const what of ['session started', 'client to server', 'server to client', 'session ended'])
        assert.ok(lines.some(({ text }) => text.includes(` ${what} `)), `${what} in the log`);
    }
  });

  it('drains all of them: sessions end by themselves, and then it exits with 0', async (t) => {
    const count = 20;
    const proxy = await start(t, { threads: 4, options: ['--drain-timeout', '3600'] });
    const wires = await converse(proxy.url, count);
    proxy.process.signal('SIGTERM');
    await proxy.process.line(/ draining.* sessions=20 /, 'beginning of the drain, with all sessions');
    await assert.rejects(Wire.connect(proxy.url), 'nobody listens any more');

    await Promise.all(wires.map((wire, i) => repeats(wire, i)));
    const ends = await Promise.all(wires.map((wire) => wire.close()));
    assert.deepEqual(new Set(ends.map(({ code }) => code)), new Set([1000]));
    await proxy.process.line(/ ended sessions=20 failed=0 /, 'end, with the total of all threads');
    assert.deepEqual(await within(proxy.process.exited, 'exit'), { code: 0, signal: null });
  });

  it('stops all of them on a second signal, and tells every client', async (t) => {
    const proxy = await start(t, { threads: 4, options: ['--drain-timeout', '3600'] });
    const wires = await converse(proxy.url, 20);
    proxy.process.signal('SIGTERM');
    await proxy.process.line(/ draining.* sessions=20 /, 'beginning of the drain');
    await wires.pop().close(); // its thread may be through with the drain before the others
    // The client hears of its close before the proxy is rid of the session, which it counts until then.
    await proxy.process.line(/ session ended /, 'end of that session');
    proxy.process.signal('SIGINT');
    await Promise.all(wires.map((wire) => wire.find('error')));
    assert.deepEqual(await within(proxy.process.exited, 'exit'), { code: 0, signal: null });
    await proxy.process.line(/ stopping sessions=19 /, 'line of the second signal');
  });

  it('gives each a name that top -H shows', async (t) => {
    const proxy = await start(t, { threads: 3 });
    const tasks = `/proc/${proxy.process.child.pid}/task`;
    const names = () => readdirSync(tasks).map((task) => readFileSync(`${tasks}/${task}/comm`, 'utf8').trim());
    for (const name of ['wsxmpp', 'wsxmpp/1', 'wsxmpp/2'])
      await until(() => names().includes(name), `thread named ${name}`);
  });

  it('says nothing of threads in the log when there is one', async (t) => {
    const proxy = await start(t, { threads: 1 });
    const [wire] = await converse(proxy.url, 1);
    await wire.close();
    assert.doesNotMatch((await proxy.process.line(/ session ended .*/, 'end of the session'))[0], /thread=/);
  });
});
