// ejabberd as Debian ships it, without its WebSocket module. Started as plain
// Erlang, because ejabberdctl insists on Debian's user, paths and a node name.
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { selfSigned } from './certificates.js';
import { onFreePort } from './ports.js';
import { Process } from './process.js';
import { stateDirectory } from './state.js';
import { DOMAIN, PAIRS, USERS } from './users.js';

const config = ({ port, directPort, proxiedPort, domain, tls, requireTls }) => `
hosts: [${domain}]
loglevel: info
certfiles: [${tls.key}, ${tls.certificate}]
auth_password_format: plain
listen:
  - port: ${port}
    ip: 127.0.0.1
    module: ejabberd_c2s
    starttls: true
    starttls_required: ${requireTls}
  - port: ${directPort}
    ip: 127.0.0.1
    module: ejabberd_c2s
    tls: true
  - port: ${proxiedPort}
    ip: 127.0.0.1
    module: ejabberd_c2s
    use_proxy_protocol: true
modules:
  mod_admin_extra: {}
  mod_disco: {}
  mod_ping: {}
  mod_roster: {}
  mod_stream_mgmt: {}
`;

// Users and rosters by ejabberd's own functions, since there is no node name
// by which ejabberdctl could reach it. The last line says that all is ready.
const setUp = (host) => {
  const b = (text) => `<<"${text}">>`;
  const domain = b(host);
  const contact = (from, to) =>
    `mod_admin_extra:add_rosteritem(${b(from)}, ${domain}, ${b(to)}, ${domain}, ${b(to)}, ${b('')}, ${b('both')})`;
  return [
    '{ok, _} = application:ensure_all_started(ejabberd)',
    ...USERS.map(({ name, password }) => `ok = ejabberd_auth:try_register(${b(name)}, ${domain}, ${b(password)})`),
    ...PAIRS.flatMap(({ alice, bob }) => [contact(alice.name, bob.name), contact(bob.name, alice.name)]),
    'io:format("users are ready~n")',
  ].join(', ');
};

/** Where Debian keeps ejabberd's own code: a folder named after the architecture. */
function libraries() {
  const holds = (path) => existsSync(path) && readdirSync(path).some((name) => /^ejabberd-\d/.test(name));
  const found = readdirSync('/usr/lib', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join('/usr/lib', name))
    .find(holds);
  if (!found) throw new Error('ejabberd is not installed: apt-get install ejabberd');
  return found;
}

/** `tls`: the certificate of the domain. On `proxiedPort` the PROXY protocol comes first. */
export async function startEjabberd({ domain = DOMAIN, tls, requireTls = false } = {}) {
  return onFreePort(async (port, directPort, proxiedPort) => {
    const directory = stateDirectory('ejabberd');
    const file = join(directory, 'ejabberd.yml');
    const ports = { port, directPort, proxiedPort };
    writeFileSync(file, config({ ...ports, domain, tls: tls ?? selfSigned(domain, directory), requireTls }));
    const env = {
      ...process.env,
      HOME: directory,
      ERL_LIBS: libraries(),
      ERL_CRASH_DUMP_BYTES: '0',
      EJABBERD_CONFIG_PATH: file,
      EJABBERD_LOG_PATH: join(directory, 'ejabberd.log'),
    };
    // No busy waiting: two cores have browsers to run, too.
    const quiet = ['+sbwt', 'none', '+sbwtdcpu', 'none', '+sbwtdio', 'none'];
    const args = [...quiet, '-noinput', '-mnesia', 'dir', `"${directory}/spool"`, '-eval', setUp(domain)];
    const server = new Process('erl', args, { env, cwd: directory });
    const [, failed] = await server.line(/(eaddrinuse|already in use)|users are ready/, 'ready server');
    if (failed) {
      await server.kill();
      throw Object.assign(new Error(`one of ${Object.values(ports)} was taken`), { portTaken: true });
    }
    return { name: 'ejabberd', ...ports, process: server };
  });
}
