// Prosody as Debian ships it, without its WebSocket module.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { selfSigned } from './certificates.js';
import { onFreePort } from './ports.js';
import { Process } from './process.js';
import { stateDirectory } from './state.js';
import { DOMAIN, PAIRS, user, USERS } from './users.js';

const ssl = ({ key, certificate }) => `ssl = { key = "${key}", certificate = "${certificate}" }`;

const config = (directory, { port, directPort, hosts, requireTls }) => `
  run_as_root = true -- only matters to root; a test machine often is
  daemonize = false
  pidfile = "${directory}/prosody.pid"
  data_path = "${directory}"
  log = { { levels = { min = "info" }, to = "console" } }
  interfaces = { "127.0.0.1" }
  c2s_ports = { ${port} }
  c2s_direct_tls_ports = { ${directPort} }
  c2s_require_encryption = ${requireTls}
  allow_unencrypted_plain_auth = ${!requireTls}
  ${ssl(Object.values(hosts)[0])}
  c2s_direct_tls_${ssl(Object.values(hosts)[0])}
  authentication = "internal_plain"
  modules_enabled = { "roster", "saslauth", "tls", "disco", "smacks", "groups", "ping" }
  modules_disabled = { "s2s" }
  groups_file = "${directory}/groups.txt"
  ${Object.entries(hosts).map(([domain, tls]) => `VirtualHost "${domain}"\n${ssl(tls)}`).join('\n')}
`;

/** As Prosody names its folders. */
const encoded = (domain) =>
  encodeURIComponent(domain)
    .toLowerCase()
    .replace(/[-.]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);

function writeUsers(directory, domains) {
  for (const domain of domains) {
    const accounts = join(directory, encoded(domain), 'accounts');
    mkdirSync(accounts, { recursive: true });
    for (const { name, password } of USERS) {
      writeFileSync(join(accounts, `${name}.dat`), `return { password = "${password}" }\n`);
    }
  }
  const pair = ({ alice, bob }, domain) => [alice, bob].map(({ name }) => user(name, domain).jid);
  const pairs = domains.flatMap((domain) => PAIRS.map((one) => pair(one, domain)));
  const groups = pairs.map((jids, i) => [`[Pair ${i + 1}]`, ...jids, ''].join('\n'));
  writeFileSync(join(directory, 'groups.txt'), groups.join(''));
}

/** `hosts`: the certificate of each domain; the first is also shown to who asks for none. */
export async function startProsody({ hosts, requireTls = false } = {}) {
  const directory = stateDirectory('prosody');
  hosts ??= { [DOMAIN]: selfSigned(DOMAIN, directory) };
  writeUsers(directory, Object.keys(hosts));
  const file = join(directory, 'prosody.cfg.lua');
  return onFreePort(async (port, directPort) => {
    writeFileSync(file, config(directory, { port, directPort, hosts, requireTls }));
    const server = new Process('prosody', ['-F', '--config', file]);
    for (const service of ['c2s', 'c2s_direct_tls']) {
      const pattern = new RegExp(`(Failed to open)|Activated service '${service}'`);
      const [, failed] = await server.line(pattern, 'open port');
      if (!failed) continue;
      await server.kill();
      throw Object.assign(new Error(`port ${port} or ${directPort} was taken`), { portTaken: true });
    }
    return { name: 'Prosody', port, directPort, process: server };
  });
}
