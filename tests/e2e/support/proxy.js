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
export async function launchAt(places, ...options) {
  const proxy = new Process(binary(), [...places.flatMap((place) => ['--listen', place]), ...options]);
  const listening = /^listening on (\S+)$/;
  await proxy.line(listening, 'address it listens on', 'stdout');
  await until(() => proxy.matches(listening, 'stdout').length === places.length, 'all addresses it listens on');
  const urls = proxy.matches(listening, 'stdout').map(([, url]) => url);
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
