// Prosody and ejabberd as Debian ships them, each with its own WebSocket module and on TCP.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, onFreePort } from '../../e2e/support/ports.js';
import { stateDirectory } from '../../e2e/support/state.js';
import { RELAY_CORE, pinned } from './relays.js';

const USERS = Array.from({ length: 100 }, (_, i) => `bench${i}`);

const prosodyConfig = (directory, port, webPort) => `
  run_as_root = true
  daemonize = false
  pidfile = "${directory}/prosody.pid"
  data_path = "${directory}"
  log = { { levels = { min = "info" }, to = "console" } }
  interfaces = { "127.0.0.1" }
  c2s_ports = { ${port} }
  c2s_require_encryption = false
  allow_unencrypted_plain_auth = true
  http_interfaces = { "127.0.0.1" }
  http_ports = { ${webPort} }
  https_ports = { }
  consider_websocket_secure = true
  authentication = "internal_plain"
  modules_enabled = { "roster", "saslauth", "disco", "ping", "websocket" }
  modules_disabled = { "s2s" }
  VirtualHost "localhost"
`;

async function startProsody() {
  const directory = stateDirectory('bench-prosody');
  const accounts = join(directory, 'localhost', 'accounts');
  mkdirSync(accounts, { recursive: true });
  for (const name of USERS) writeFileSync(join(accounts, `${name}.dat`), 'return { password = "secret" }\n');
  const file = join(directory, 'prosody.cfg.lua');
  return onFreePort(async (port) => {
    const webPort = await freePort();
    writeFileSync(file, prosodyConfig(directory, port, webPort));
    const process = pinned(RELAY_CORE, 'prosody', ['-F', '--config', file]);
    await ready(process, /(Failed to open)|Activated service 'c2s'/);
    await ready(process, /(Failed to open)|Activated service 'http'/);
    return { port, webPort, path: '/xmpp-websocket', pid: process.child.pid, process };
  });
}

// With its backlog of 5 the kernel drops what connects in a burst, and tries again a second later.
const ejabberdConfig = (port, webPort) => `
hosts: [localhost]
loglevel: warning
auth_password_format: plain
listen:
  - port: ${port}
    ip: 127.0.0.1
    module: ejabberd_c2s
    backlog: 1024
  - port: ${webPort}
    ip: 127.0.0.1
    module: ejabberd_http
    backlog: 1024
    request_handlers:
      /ws: ejabberd_http_ws
modules:
  mod_disco: {}
  mod_ping: {}
  mod_roster: {}
`;

/** Where Debian keeps ejabberd's own code: a folder named after the architecture. */
function libraries() {
  const inside = (path) => readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return inside('/usr/lib')
    .map(({ name }) => join('/usr/lib', name))
    .find((path) => inside(path).some(({ name }) => /^ejabberd-\d/.test(name)));
}

// Started as plain Erlang, as the end-to-end tests do it (see tests/e2e/support/ejabberd.js).
async function startEjabberd() {
  const setUp = [
    '{ok, _} = application:ensure_all_started(ejabberd)',
    `[ok = ejabberd_auth:try_register(list_to_binary("bench" ++ integer_to_list(I)), <<"localhost">>, <<"secret">>)
      || I <- lists:seq(0, ${USERS.length - 1})]`,
    'io:format("users are ready~n")',
  ].join(', ');
  return onFreePort(async (port) => {
    const directory = stateDirectory('bench-ejabberd');
    const webPort = await freePort();
    const file = join(directory, 'ejabberd.yml');
    writeFileSync(file, ejabberdConfig(port, webPort));
    const env = {
      ...process.env,
      HOME: directory,
      ERL_LIBS: libraries(),
      ERL_CRASH_DUMP_BYTES: '0',
      EJABBERD_CONFIG_PATH: file,
      EJABBERD_LOG_PATH: join(directory, 'ejabberd.log'),
    };
    // Time that is spent waiting would be counted.
    const quiet = ['+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none'];
    const args = [...quiet, '-noinput', '-mnesia', 'dir', `"${directory}/spool"`, '-eval', setUp];
    const child = pinned(RELAY_CORE, 'erl', args, { env, cwd: directory });
    await ready(child, /(eaddrinuse|already in use)|users are ready/);
    return { port, webPort, path: '/ws', pid: child.child.pid, process: child };
  });
}

async function ready(process, pattern) {
  const [, failed] = await process.line(pattern, 'ready server');
  if (!failed) return;
  await process.kill();
  throw Object.assign(new Error('a port was taken'), { portTaken: true });
}

export const servers = [
  { name: 'prosody', start: startProsody },
  { name: 'ejabberd', start: startEjabberd },
];
