// Servers that do what real ones cannot be made to.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { NS } from './xml.js';

const header = `<stream:stream xmlns='${NS.client}' xmlns:stream='${NS.stream}' from='example.test' id='1' version='1.0'>`;
const features = (inner) => `${header}<stream:features>${inner}</stream:features>`;
const starttls = `<starttls xmlns='${NS.tls}'><required/></starttls>`;
const plain = `<mechanisms xmlns='${NS.sasl}'><mechanism>PLAIN</mechanism></mechanisms>`;

/** Each says what it answers to what it hears, and how it goes on: a text, or nothing. */
export const SCRIPTS = {
  offersNoStarttls: (text) => (text.includes('<stream:stream') ? features(plain) : ''),
  refusesStarttls: (text) => {
    if (text.includes('<stream:stream')) return features(starttls);
    return text.includes('<starttls') ? `<failure xmlns='${NS.tls}'/></stream:stream>` : '';
  },
  endsTheStream: (text) => {
    const error = `<host-gone xmlns='${NS.streamErrors}'/><text xmlns='${NS.streamErrors}'>we have moved</text>`;
    return text.includes('<stream:stream') ? `${header}<stream:error>${error}</stream:error></stream:stream>` : '';
  },
  // CVE-2011-0411: what came along with <proceed/> must not be taken for what comes after the handshake.
  speaksAfterProceed: (text) => {
    if (text.includes('<stream:stream')) return features(starttls);
    return text.includes('<starttls') ? `<proceed xmlns='${NS.tls}'/>${features(plain)}` : '';
  },
  saysNothing: () => '',
  // What a client could do on a TLS connection of its own.
  bindsChannels: (text) =>
    text.includes('<stream:stream')
      ? features(
          `<mechanisms xmlns='${NS.sasl}'>` +
            ['SCRAM-SHA-1-PLUS', 'SCRAM-SHA-1', 'PLAIN'].map((name) => `<mechanism>${name}</mechanism>`).join('') +
            `</mechanisms><sasl-channel-binding xmlns='${NS.channelBinding}'>` +
            ['tls-exporter', 'tls-server-end-point'].map((type) => `<channel-binding type='${type}'/>`).join('') +
            '</sasl-channel-binding>',
        )
      : '',
};

/**
 * Keeps all that it heard, one text a connection. With `tls`, a certificate, it speaks direct TLS (`options` as Node's)
 * and keeps what each handshake agreed on.
 */
export async function startScripted(script = SCRIPTS.saysNothing, { tls, options } = {}) {
  const heard = [];
  const handshakes = [];
  const sockets = new Set();
  const serve = (socket) => {
    if (tls) {
      const { alpnProtocol, servername } = socket;
      const client = socket.getPeerCertificate().subject?.CN;
      const [protocol, resumed] = [socket.getProtocol(), socket.isSessionReused()];
      handshakes.push({ alpnProtocol, servername, client, protocol, resumed });
    }
    const index = heard.push('') - 1;
    sockets.add(socket);
    socket.on('error', () => {}); // a proxy that gives up resets its connections
    socket.on('close', () => sockets.delete(socket));
    socket.setEncoding('latin1').on('data', (text) => {
      heard[index] += text;
      const answer = script(text);
      if (answer.endsWith('</stream:stream>')) socket.end(answer);
      else if (answer) socket.write(answer);
    });
  };
  const files = tls && { key: readFileSync(tls.key), cert: readFileSync(tls.certificate) };
  const tlsOptions = { ALPNProtocols: ['xmpp-client'], ...files, ...options };
  const server = tls ? createTlsServer(tlsOptions, serve) : createServer(serve);
  server.on('tlsClientError', () => {}); // the proxy does not like what it sees
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port: server.address().port, heard, handshakes, stop };
}
