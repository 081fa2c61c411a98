// The proxy that people write by hand, to be measured beside wsxmpp: bytes from one side to the other, and nothing
// that knows XMPP. Usage: node node_proxy.js UPSTREAM-PORT
import { connect } from 'node:net';
import { WebSocketServer } from '../e2e/node_modules/ws/wrapper.mjs';

const port = Number(process.argv[2]);
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 }, () => {
  console.log(`listening on ws://127.0.0.1:${server.address().port}/`);
});

server.on('connection', (client) => {
  const tcp = connect({ host: '127.0.0.1', port, noDelay: true }).setEncoding('utf8');
  client.on('message', (message) => {
    if (!tcp.write(message)) client.pause();
  });
  tcp.on('drain', () => client.resume());
  tcp.on('data', (text) => {
    client.send(text, () => tcp.resume());
    if (client.bufferedAmount > 65_536) tcp.pause();
  });
  client.on('close', () => tcp.end());
  tcp.on('close', () => client.close());
  client.on('error', () => tcp.destroy());
  tcp.on('error', () => client.terminate());
});
