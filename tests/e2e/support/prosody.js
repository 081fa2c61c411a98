// Prosody as Debian ships it, without its WebSocket module.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onFreePort } from './ports.js';
import { Process } from './process.js';
import { certificate, stateDirectory } from './state.js';
import { DOMAIN, PAIRS, USERS } from './users.js';

const config = (directory, port, tls) => `
  run_as_root = true -- only matters to root; a test machine often is
  daemonize = false
  pidfile = "${directory}/prosody.pid"
  data_path = "${directory}"
  log = { { levels = { min = "info" }, to = "console" } }
  interfaces = { "127.0.0.1" }
  c2s_ports = { ${port} }
  c2s_require_encryption = false
  allow_unencrypted_plain_auth = true
  ssl = { key = "${tls.key}", certificate = "${tls.certificate}" }
  authentication = "internal_plain"
  modules_enabled = { "roster", "saslauth", "tls", "disco", "smacks", "groups", "ping" }
  modules_disabled = { "s2s" }
  groups_file = "${directory}/groups.txt"
  VirtualHost "${DOMAIN}"
`;

export async function startProsody() {
  const directory = stateDirectory('prosody');
  const accounts = join(directory, DOMAIN, 'accounts');
  mkdirSync(accounts, { recursive: true });
  for (const { name, password } of USERS) {
    writeFileSync(join(accounts, `${name}.dat`), `return { password = "${password}" }\n`);
  }
  const groups = PAIRS.map(({ alice, bob }, i) => `[Pair ${i + 1}]\n${alice.jid}\n${bob.jid}\n`);
  writeFileSync(join(directory, 'groups.txt'), groups.join(''));

  const tls = certificate(directory);
  const file = join(directory, 'prosody.cfg.lua');
  return onFreePort(async (port) => {
    writeFileSync(file, config(directory, port, tls));
    const server = new Process('prosody', ['-F', '--config', file]);
    const [, failed] = await server.line(/(Failed to open)|Activated service 'c2s'/, 'open port');
    if (failed) {
      await server.kill();
      throw Object.assign(new Error(`port ${port} was taken`), { portTaken: true });
    }
    return { name: 'Prosody', port, process: server };
  });
}
