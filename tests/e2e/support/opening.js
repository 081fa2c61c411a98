// What becomes of a WebSocket handshake.
import { once } from 'node:events';
import WebSocket from 'ws';
import { within } from './deadline.js';

/** { status: 101, close }, or the status, headers and text of a refusal. */
export async function opening(url, options) {
  const socket = new WebSocket(url, 'xmpp', options);
  socket.on('error', () => {});
  const close = async () => {
    socket.terminate();
    await once(socket, 'close');
  };
  const opened = once(socket, 'open').then(() => ({ status: 101, close }));
  const refused = once(socket, 'unexpected-response').then(async ([, response]) => {
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += chunk;
    return { status: response.statusCode, headers: response.headers, text };
  });
  return within(Promise.race([opened, refused]), 'answer to a handshake');
}
