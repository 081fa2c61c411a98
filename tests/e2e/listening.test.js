// Where the program listens besides an address of its own, and what becomes of it when descriptors run out.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { until, within } from './support/deadline.js';
import { startEcho } from './support/echo.js';
import { Process } from './support/process.js';
import { Wire } from './support/wire.js';

const upstream = (echo) => ['--upstream', `127.0.0.1:${echo.port}`, '--threads', '2'];

async function repeats(wire) {
  await wire.open();
  wire.message('echo@localhost', 'hello');
  assert.equal(await wire.body(), 'hello');
  wire.socket.close();
  await wire.closed;
}

describe('listening', () => {
  it('takes sockets that were handed over as systemd does it', async (t) => {
    const echo = await startEcho();
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    // The process that execs wsxmpp has its number.
    const script = 'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=web exec "$0" "$@"';
    const proxy = new Process('sh', ['-c', script, process.env.WSXMPP, '--listen', 'systemd:web', ...upstream(echo)], {
      stdio: ['ignore', 'pipe', 'pipe', server._handle.fd],
    });
    t.after(() => proxy.kill());
    const [, url] = await proxy.line(/^listening on (ws:\S+)$/, 'address it listens on', 'stdout');
    assert.equal(url, `ws://127.0.0.1:${port}/`);
    server.close(); // theirs alone now
    for (let i = 0; i < 8; ++i) await repeats(await Wire.connect(url));
  });

  it('serves a Unix-domain socket with several threads, and removes it at the end', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'wsxmpp-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const echo = await startEcho();
    const path = join(folder, 'sock');
    const proxy = new Process(process.env.WSXMPP, ['--listen', `unix:${path}`, ...upstream(echo)]);
    t.after(() => proxy.kill());
    await proxy.line(/^listening on unix:/, 'socket it listens on', 'stdout');
    for (let i = 0; i < 8; ++i) await repeats(await Wire.connect(`ws+unix:${path}:/`));
    proxy.signal('SIGTERM');
    assert.equal((await within(proxy.exited, 'end of the proxy')).code, 0);
    assert.throws(() => rmSync(path), { code: 'ENOENT' });
  });

  it('accepts again by itself after it ran out of descriptors', async (t) => {
    const echo = await startEcho();
    const options = ['--nofile=64:64', process.env.WSXMPP, '--listen', '127.0.0.1:0', ...upstream(echo)];
    const proxy = new Process('prlimit', options);
    t.after(() => proxy.kill());
    const [, url] = await proxy.line(/^listening on (ws:\S+)$/, 'address it listens on', 'stdout');
    const sockets = Array.from({ length: 100 }, () => connect(new URL(url).port, '127.0.0.1'));
    for (const socket of sockets) socket.on('error', () => {});
    await proxy.line(/cannot accept connections.*Too many open files/, 'line about descriptors', 'stderr');
    for (const socket of sockets) socket.destroy();
    await until(() => proxy.matches(/accepting connections again/, 'stderr').length > 0, 'recovery');
    await repeats(await Wire.connect(url));
  });
});
