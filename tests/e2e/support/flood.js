// Enough of an XMPP server for sessions whose words do not matter: it says again what it hears, but sends whoever opens
// a stream to FLOOD as much as that one takes.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { NS } from './xml.js';

export const FLOOD = 'flood.test';
const OPEN = `<stream:stream xmlns='${NS.client}' xmlns:stream='${NS.stream}' id='1' version='1.0'><stream:features/>`;
const MUCH = Buffer.from(`<message><body>${'x'.repeat(1000)}</body></message>`.repeat(64));

/** As much as it takes, and no more: what is written waits here as long as the socket does not take it. */
function flood(socket) {
  while (socket.writable && socket.write(MUCH));
  if (socket.writable) socket.once('drain', () => flood(socket));
}

export async function startFlood() {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {}); // a session that ends resets its connection
    socket.setEncoding('utf8').on('data', (text) => {
      if (text.includes('</stream:stream>')) return void socket.end(text);
      if (!text.includes('<stream:stream')) return void socket.write(text);
      socket.write(OPEN);
      if (text.includes(FLOOD)) flood(socket);
    });
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: server.address().port, stop };
}
