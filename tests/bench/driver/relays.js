// What is measured side by side. Each start function gives { port, pid, load }: where clients connect, the root of the
// process tree whose CPU time and memory count, and how the load generator must talk to it.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../../e2e/support/deadline.js';
import { onFreePort } from '../../e2e/support/ports.js';
import { Process } from '../../e2e/support/process.js';
import { stateDirectory } from '../../e2e/support/state.js';

const here = (file) => fileURLToPath(new URL(`../${file}`, import.meta.url));

/** All relays share the first core; what drives them has the last one. With one core there is nothing to pin. */
export const RELAY_CORE = '0';
export const LOAD_CORE = String(cpus().length - 1);

export function pinned(core, command, args, options) {
  return new Process('taskset', ['-c', core, command, ...args], options);
}

const listening = async (process) => Number((await process.line(/^listening on .*:(\d+)\/?$/, 'port', 'stdout'))[1]);

const accepts = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });

/** For programs that cannot be asked which port they chose. */
const started = (start) =>
  onFreePort(async (port) => {
    const process = start(port);
    let ended = false;
    process.exited.then(() => (ended = true));
    await until(async () => ended || (await accepts(port)), `connection to ${process.name}`);
    if (ended) throw Object.assign(new Error(`port ${port} was taken?\n${process.tail()}`), { portTaken: true });
    return { port, pid: process.child.pid, process };
  });

export async function startSink(programs) {
  const process = pinned(LOAD_CORE, join(programs, 'sink'), []);
  return { port: await listening(process), process };
}

const haproxyConfig = (port, upstream, maxconn) => `
global
  nbthread 1
  maxconn ${maxconn}
  tune.bufsize 65536
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
listen relay
  bind 127.0.0.1:${port}
  server sink 127.0.0.1:${upstream}
`;

async function startHaproxy(upstream) {
  const file = join(stateDirectory('haproxy'), 'haproxy.cfg');
  // Two descriptors a connection, and some.
  const descriptors = Number(execFileSync('sh', ['-c', 'ulimit -Hn']).toString()) || 65_536;
  const maxconn = Math.min(6_000, Math.floor((descriptors - 200) / 2));
  const relay = await started((port) => {
    writeFileSync(file, haproxyConfig(port, upstream, maxconn));
    return pinned(RELAY_CORE, 'haproxy', ['-q', '-db', '-f', file]);
  });
  return { ...relay, load: ['--framing', 'tcp'] };
}

const has = (wsxmpp, option) => execFileSync(wsxmpp, ['--help']).includes(option);
export const hasThreads = (wsxmpp) => has(wsxmpp, '--threads');

export async function startWsxmpp(wsxmpp, upstream, threads = 1) {
  const args = ['--listen', '127.0.0.1:0', '--upstream', `127.0.0.1:${upstream}`, '--log-level', 'warning'];
  if (hasThreads(wsxmpp)) args.push('--threads', String(threads));
  // What is measured is how fast it can be, not how fast one client may be.
  if (has(wsxmpp, '--rate-messages')) args.push('--rate-messages', '0', '--rate-bytes', '0');
  const process = pinned(threads === 1 ? RELAY_CORE : `${RELAY_CORE},${LOAD_CORE}`, wsxmpp, args);
  return { port: await listening(process), pid: process.child.pid, process, load: ['--framing', 'rfc7395'] };
}

async function startNode(upstream) {
  const process = pinned(RELAY_CORE, 'node', [here('node_proxy.js'), String(upstream)]);
  return { port: await listening(process), pid: process.child.pid, process, load: ['--framing', 'text'] };
}

async function startWebsockify(upstream) {
  const relay = await started((port) =>
    pinned(RELAY_CORE, 'websockify', [`127.0.0.1:${port}`, `127.0.0.1:${upstream}`]),
  );
  // It makes a process for each connection, so thousands of them are too many for a machine.
  return { ...relay, load: ['--framing', 'text', '--binary', '1'], forks: true };
}

/** In the order of the table. `direct` has no relay: its rates and latencies are what the load itself is good for. */
export const relays = (wsxmpp) => [
  { name: 'direct', start: (sink) => ({ port: sink, load: ['--framing', 'tcp'] }) },
  { name: 'haproxy', start: startHaproxy },
  { name: 'wsxmpp', start: (sink) => startWsxmpp(wsxmpp, sink) },
  ...(hasThreads(wsxmpp) && cpus().length > 1
    ? [{ name: 'wsxmpp_2_threads', start: (sink) => startWsxmpp(wsxmpp, sink, 2), only: ['one', 'sixteen'] }]
    : []),
  { name: 'node', start: startNode },
  { name: 'websockify', start: startWebsockify },
];
