// A DNS server of the test's own: Debian's dnsmasq on a loopback port. It knows what it is told and asks nobody.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onFreePort } from './ports.js';
import { Process } from './process.js';
import { stateDirectory } from './state.js';

/** The lines of dnsmasq's configuration for records. */
export const srv = (name, target, port, priority = 0, weight = 0) =>
  `srv-host=${name},${target},${port},${priority},${weight}`;
export const noSrv = (name) => `srv-host=${name}`; // the target is "."
export const host = (name, ...addresses) => `host-record=${name},${addresses.join()}`;

export const XMPPS = '_xmpps-client._tcp';
export const XMPP = '_xmpp-client._tcp';

export async function startDns(records, address = '127.0.0.1') {
  // Below .test everything else is NXDOMAIN; above, without a server to ask, REFUSED.
  const file = join(stateDirectory('dns'), 'dnsmasq.conf');
  writeFileSync(file, ['local=/test/', ...records, ''].join('\n'));
  return onFreePort(async (port) => {
    const where = [`--conf-file=${file}`, `--port=${port}`, `--listen-address=${address}`, '--bind-interfaces'];
    const alone = ['--no-daemon', '--no-resolv', '--no-hosts', '--pid-file=', '--log-queries'];
    const asWeAre = ['--user=root', '--group=root']; // it looks at them only when it is started by root
    const server = new Process('dnsmasq', [...where, ...alone, ...asWeAre]);
    const [, failed] = await server.line(/(failed to create listening socket)|dnsmasq: started/, 'ready DNS server');
    if (failed) {
      await server.kill();
      throw Object.assign(new Error(`port ${port} was taken`), { portTaken: true });
    }
    return { option: ['--dns-server', `${address}:${port}`], port, process: server };
  });
}
