// The program under test, as an operator starts it.
import { until, within } from './deadline.js';
import { Process } from './process.js';

function binary() {
  if (!process.env.WSXMPP) throw new Error('set WSXMPP to the path of the wsxmpp executable');
  return process.env.WSXMPP;
}

/** With these options, whatever they say about servers. */
export async function launchProxy(...options) {
  const proxy = new Process(binary(), ['--listen', '127.0.0.1:0', ...options]);
  const [, url] = await proxy.line(/^listening on (ws:\S+)$/, 'address it listens on', 'stdout');
  return { url, process: proxy };
}

/** Listening at these places; `urls` are what it says of each. */
export const launchAt = (places, ...options) => listening(new Process(binary(), argumentsFor(places, options)), places);

/** The same, where a process may have so many descriptors. */
export const launchWithDescriptors = (count, places, ...options) => {
  const command = [`--nofile=${count}:${count}`, binary(), ...argumentsFor(places, options)];
  return listening(new Process('prlimit', command), places);
};

const argumentsFor = (places, options) => [...places.flatMap((place) => ['--listen', place]), ...options];

async function listening(proxy, places) {
  const pattern = /^listening on (\S+)$/;
  await proxy.line(pattern, 'address it listens on', 'stdout');
  await until(() => proxy.matches(pattern, 'stdout').length === places.length, 'all addresses it listens on');
  const urls = proxy.matches(pattern, 'stdout').map(([, url]) => url);
  return { urls, url: urls[0], process: proxy };
}

export const portOf = (url) => Number(new URL(url).port);

/** With one server on this loopback port. */
export const startProxy = (upstreamPort, ...options) =>
  launchProxy('--upstream', `127.0.0.1:${upstreamPort}`, ...options);

/** Where it ends by itself: its exit status and what it printed. */
export async function runToEnd(...args) {
  const program = new Process(binary(), args);
  const [{ code }] = await within(Promise.all([program.exited, program.finished]), `end of wsxmpp ${args[0]}`);
  return { code, out: program.text('stdout'), err: program.text('stderr') };
}
