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
  const [protocol, resumed] = [socket.getProtocol(), socket.isSessionReused()];
  const seen = { serial, name: subject?.CN, alpn: socket.alpnProtocol, protocol, staple, resumed };
  socket.destroy();
  return seen;
}

/** What resumes a session of this server: its ticket. */
export async function ticket(port, options = {}) {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  const [session] = await within(once(socket, 'session'), 'ticket');
  socket.destroy();
  return session;
}
