// Enough of an XMPP server to have sessions with, where what they say does not matter.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { DOMAIN } from './users.js';
import { NS } from './xml.js';

const OPEN =
  `<stream:stream xmlns='${NS.client}' xmlns:stream='${NS.stream}' from='${DOMAIN}' id='1' version='1.0'>` +
  '<stream:features/>';

/** Opens streams, says again what it hears, and ends streams. */
export async function startEcho() {
  const server = createServer((socket) => {
    socket.on('error', () => {}); // a proxy that is killed resets its connections
    socket.setEncoding('utf8').on('data', (text) => {
      if (text.includes('<stream:stream')) socket.write(OPEN);
      else if (text.includes('</stream:stream>')) socket.end(text);
      else socket.write(text);
    });
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  return { port: server.address().port };
}
