// A port at which every SYN is lost, neither answered nor refused, as by a firewall or IPv6 that leads nowhere: its
// server sleeps, and the queue of those that wait is full. That takes no privileges and no network but loopback.
import { once } from 'node:events';
import { connect } from 'node:net';
import { within } from './deadline.js';
import { freePort } from './ports.js';
import { Process } from './process.js';

export async function startBlackHole({ port, address = '127.0.0.1' } = {}) {
  port ??= await freePort();
  const where = JSON.stringify({ port, host: address, backlog: 1 });
  const script = `require('net').createServer().listen(${where}, () => console.log('ready'))`;
  const server = new Process(process.execPath, ['-e', script]);
  await server.line(/^ready$/, 'ready black hole');
  server.signal('SIGSTOP');
  // Linux lets one more wait than was asked for.
  const waiting = [1, 2].map(() => connect(port, address).unref().on('error', () => {}));
  await Promise.all(waiting.map((socket) => within(once(socket, 'connect'), 'place in the queue')));
  return { port, process: server };
}
