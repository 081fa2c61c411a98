// A page without a library: a plain WebSocket, and every message as it came.
import { once } from 'node:events';
import WebSocket from 'ws';
import { within } from './deadline.js';
import { Inbox } from './inbox.js';
import { toLoopback } from './network.js';
import { DOMAIN } from './users.js';
import { escape, first, NS, parse } from './xml.js';

/** RFC 7395: every message is a document of its own. Without a domain there is no `to`. */
export const rfc7395 = (domain) => ({
  open: `<open xmlns="${NS.framing}"${domain ? ` to="${domain}"` : ''} version="1.0"/>`,
  close: `<close xmlns="${NS.framing}"/>`,
  isOpen: (text) => text.startsWith('<open'),
  parse,
});
export const RFC7395 = rfc7395(DOMAIN);

/** What came before it: the messages are the pieces of one TCP stream. */
export const LEGACY = {
  open: `<stream:stream to='${DOMAIN}' xmlns='${NS.client}' xmlns:stream='${NS.stream}' version='1.0'>`,
  close: '</stream:stream>',
  isOpen: (text) => /^(<\?xml[^>]*\?>\s*)?<stream:stream\s[^>]*>$/.test(text),
  // Such a client knows the namespaces from the header.
  parse: (text) => parse(`<s xmlns="${NS.client}" xmlns:stream="${NS.stream}">${text}</s>`).firstChild,
};

export class Wire {
  #inbox = new Inbox();

  /** Other options are the socket's: `localAddress`, `ca`, `headers` … */
  constructor(url, { framing = RFC7395, protocols = ['xmpp'], ...options } = {}) {
    this.framing = framing;
    this.socket = new WebSocket(url, protocols, { lookup: toLoopback, ...options });
    this.socket.on('message', (data) => this.#inbox.push(data.toString()));
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    this.socket.on('error', () => {}); // told by 'close', and by opened() below
  }

  static async connect(url, options) {
    const wire = new Wire(url, options);
    await within(once(wire.socket, 'open'), 'WebSocket connection');
    wire.port = wire.socket._socket.localPort;
    return wire;
  }

  /** Connect, log in, bind. */
  static async login(url, user, options) {
    const wire = await Wire.connect(url, { framing: rfc7395(user.domain), ...options });
    await wire.authenticate(user);
    await wire.bind();
    return wire;
  }

  send(text) {
    this.socket.send(text);
  }

  /** The next message as it came. */
  next(what) {
    return this.#inbox.next(what);
  }

  /** The next message as an element. */
  async element(what = 'element') {
    return this.framing.parse(await this.next(what));
  }

  /** The next element of this name, whatever comes before it. */
  async find(name) {
    for (;;) {
      const element = await this.element(`<${name}/>`);
      if (element.localName === name) return element;
    }
  }

  /** Open the stream, or restart it; returns the header and the features. */
  async open() {
    this.send(this.framing.open);
    const header = await this.next('stream header');
    if (!this.framing.isOpen(header)) throw new Error(`not a stream header: ${header}`);
    return { header, features: await this.element('features') };
  }

  async authenticate({ name, password }) {
    await this.open();
    const secret = Buffer.from(`\0${name}\0${password}`).toString('base64');
    this.send(`<auth xmlns="${NS.sasl}" mechanism="PLAIN">${secret}</auth>`);
    const answer = await this.element('answer to <auth/>');
    if (answer.localName !== 'success') throw new Error(`cannot log in: ${answer}`);
    return this.open();
  }

  async bind() {
    this.send(`<iq xmlns="${NS.client}" type="set" id="bind"><bind xmlns="${NS.bind}"/></iq>`);
    const result = await this.find('iq');
    this.jid = first(result, NS.bind, 'jid').textContent;
  }

  message(to, body) {
    this.send(`<message xmlns="${NS.client}" type="chat" to="${to}"><body>${escape(body)}</body></message>`);
  }

  /** The body of the next message stanza. */
  async body() {
    return first(await this.find('message'), NS.client, 'body').textContent;
  }

  presence() {
    this.send(`<presence xmlns="${NS.client}"/>`);
  }

  /** Ask for a session that can be resumed; returns its id. */
  async enableResumption() {
    this.send(`<enable xmlns="${NS.sm}" resume="true"/>`);
    return (await this.find('enabled')).getAttribute('id');
  }

  /** End the stream and see that the other side does; returns how the WebSocket ended. */
  async close() {
    this.send(this.framing.close);
    for (;;) {
      const text = await this.next('close of the stream');
      if (text === '</stream:stream>' || this.framing.parse(text).localName === 'close') break;
    }
    return this.end();
  }

  /** How the WebSocket ended: code and reason. */
  end() {
    return within(this.closed, 'end of the WebSocket');
  }

  /** What a lost network looks like: no close frame, no close of the stream. */
  lose() {
    this.socket.terminate();
  }
}
