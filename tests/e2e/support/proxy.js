// The program under test, as an operator starts it.
import { Process } from './process.js';

export async function startProxy(upstreamPort, ...options) {
  const binary = process.env.WSXMPP;
  if (!binary) throw new Error('set WSXMPP to the path of the wsxmpp executable');
  const args = ['--listen', '127.0.0.1:0', '--upstream', `127.0.0.1:${upstreamPort}`, ...options];
  const proxy = new Process(binary, args);
  const [, url] = await proxy.line(/^listening on (ws:\S+)$/, 'address it listens on', 'stdout');
  return { url, process: proxy };
}
