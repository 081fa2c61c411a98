// Sockets that others have opened for wsxmpp, by systemd's protocol.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { selfSigned } from './support/certificates.js';
import { within } from './support/deadline.js';
import { startEcho } from './support/echo.js';
import { onFreePort } from './support/ports.js';
import { Process } from './support/process.js';
import { start } from './support/site.js';
import { stateDirectory } from './support/state.js';
import { Wire } from './support/wire.js';

const HOLDER = fileURLToPath(new URL('support/holder.py', import.meta.url));

async function isServed(url) {
  const wire = await Wire.connect(url, { rejectUnauthorized: false });
  await wire.open();
  wire.message('echo@localhost', 'over a socket of others');
  assert.equal(await wire.body(), 'over a socket of others');
  assert.equal((await wire.close()).code, 1000);
}

describe('systemd-socket-activate', () => {
  let command;
  before(async () => {
    const echo = await startEcho();
    command = [process.env.WSXMPP, '--upstream', `127.0.0.1:${echo.port}`, '--drain-timeout', '0'];
  });

  /** It listens at `places(port)` and starts wsxmpp with these options when somebody connects. */
  const activate = (t, places, names, ...options) =>
    start(
      t,
      onFreePort(async (port) => {
        const sockets = places(port).flatMap((place) => ['-l', place]);
        const activator = new Process('systemd-socket-activate', [...sockets, `--fdname=${names}`, ...command, ...options]);
        const pattern = new RegExp(`(already in use)|Listening on .* as ${2 + places(port).length}\\.`);
        const [, failed] = await activator.line(pattern, 'open sockets');
        if (!failed) return { port, process: activator };
        await activator.kill();
        throw Object.assign(new Error(`port ${port} was taken`), { portTaken: true });
      }),
    );

  it('the first client starts it, and is served', async (t) => {
    const { port, process } = await activate(t, (port) => [`127.0.0.1:${port}`], 'one', '--listen', 'systemd');
    await isServed(`ws://127.0.0.1:${port}/`);
    await process.line(new RegExp(`^listening on ws://127\\.0\\.0\\.1:${port}/$`), 'address of the socket', 'stdout');
  });

  it('each socket is what the options say of its name: TLS, plain, a Unix-domain socket', async (t) => {
    const path = join(stateDirectory('activation'), 'wsxmpp.sock');
    const { certificate, key } = selfSigned('localhost');
    const tls = ['--tls-cert', certificate, '--tls-key', key];
    const listen = ['--listen', 'wss://systemd:secure', '--listen', 'systemd:local'];
    const { port } = await activate(t, (port) => [`127.0.0.1:${port}`, path], 'secure:local', ...listen, ...tls);
    await isServed(`wss://127.0.0.1:${port}/`);
    await isServed(`ws+unix:${path}:/`);
  });

  it('a socket that no option names is left alone, and a name without a socket is an error', async (t) => {
    const { port, process } = await activate(t, (port) => [`127.0.0.1:${port}`], 'one', '--listen', 'systemd:two');
    await assert.rejects(isServed(`ws://127.0.0.1:${port}/`));
    await process.line(/--listen.*two/, 'word of the name', 'stderr');
    assert.equal((await within(process.exited, 'exit')).code, 2);
  });
});

describe('whoever holds the socket', () => {
  it('restarts it, and who comes meanwhile waits and is served', async (t) => {
    const echo = await startEcho();
    const command = [process.env.WSXMPP, '--upstream', `127.0.0.1:${echo.port}`, '--listen', 'systemd'];
    const holder = await start(t, Promise.resolve({ process: new Process('python3', [HOLDER, ...command]) }));
    const [, port] = await holder.process.line(/^holding (\d+)$/, 'port', 'stdout');
    await isServed(`ws://127.0.0.1:${port}/`);
    holder.process.signal('SIGUSR1');
    await holder.process.line(/^ended$/, 'end of the first', 'stdout');

    const waiting = isServed(`ws://127.0.0.1:${port}/`);
    holder.process.signal('SIGUSR2');
    await waiting;
  });
});
