// What a TLS server shows, as one who only looks sees it.
import { once } from 'node:events';
import { connect } from 'node:tls';
import { within } from './deadline.js';

/** `options` as tls.connect() takes them; what is wrong with a certificate is not asked. */
export async function handshake(port, options = {}) {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  let staple;
  socket.on('OCSPResponse', (response) => (staple = response)); // before the handshake is complete
  await within(once(socket, 'secureConnect'), 'TLS handshake');
  const { serialNumber: serial, subject } = socket.getPeerCertificate();
  const seen = { serial, name: subject.CN, alpn: socket.alpnProtocol, protocol: socket.getProtocol(), staple };
  socket.destroy();
  return seen;
}
