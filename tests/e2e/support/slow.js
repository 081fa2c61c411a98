// Clients that are slow on purpose: a socket, and what was heard on it, if it is read at all.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { within } from './deadline.js';

/** The beginning of a ClientHello of 512 bytes (RFC 8446 §4.1.2). */
export const PART_OF_HELLO = Buffer.from('16030102000100 01fc0303'.replace(' ', ''), 'hex');

export const UPGRADE = [
  'GET / HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
  'Sec-WebSocket-Protocol: xmpp',
  '\r\n',
].join('\r\n');

/** The frame that a short text is, masked with zeros (RFC 6455 §5.2). */
export function frame(text) {
  const payload = Buffer.from(text);
  if (payload.length > 125) throw new Error('not a short text');
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

export class SlowClient {
  heard = Buffer.alloc(0);

  constructor(port) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {}); // one that is given up on is reset
    this.socket.on('data', (data) => (this.heard = Buffer.concat([this.heard, data])));
    this.closed = once(this.socket, 'close');
  }

  /** With its WebSocket open. */
  static async open(port) {
    const client = new SlowClient(port);
    client.socket.write(UPGRADE);
    await client.hears('101 Switching Protocols');
    return client;
  }

  async hears(text) {
    while (!this.heard.includes(text)) await within(once(this.socket, 'data'), `"${text}" for a slow client`);
  }

  say(data) {
    this.socket.write(data);
  }

  /** One byte of `text` at a time, until it is closed. */
  async dribble(text) {
    for (const byte of Buffer.from(text)) {
      if (this.socket.destroyed || !this.socket.writable) return;
      this.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  stopReading() {
    this.socket.pause();
  }
}

/** Whether it is built with AddressSanitizer or ThreadSanitizer, whose memory says nothing of its own. */
export const isSanitized = () => /__[at]san_init/.test(readFileSync(process.env.WSXMPP, 'latin1'));

/** In KiB: what a process has in memory now (VmRSS), or had at most (VmHWM). */
export function memoryOf({ child: { pid } }, field) {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
}
