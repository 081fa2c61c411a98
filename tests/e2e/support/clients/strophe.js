// strophe.js as a page would use it, with its own stream management.
import { webcrypto } from 'node:crypto';
import { $iq, $msg, $pres, Strophe } from 'strophe.js';
import { within } from '../deadline.js';
import { Inbox } from '../inbox.js';
import { NetworkSocket } from '../network.js';
import { NS } from '../xml.js';

globalThis.WebSocket = NetworkSocket; // Strophe brings one, and looks for the global when it connects
globalThis.crypto ??= webcrypto; // Node 18 keeps it behind a flag; Strophe hashes with it
Strophe.setLogLevel(Strophe.LogLevel.FATAL); // it also reports the sockets we lose on purpose

const { Status } = Strophe;
const FAILURES = [Status.ERROR, Status.CONNFAIL, Status.AUTHFAIL, Status.CONNTIMEOUT];

export class StropheClient {
  messages = new Inbox();
  presences = new Inbox();

  static async login(url, user) {
    const client = new StropheClient(url, user);
    const enabled = new Promise((resolve) => (client.connection.sm.onEnabled = resolve));
    await client.#connect();
    await within(enabled, 'stream management');
    return client;
  }

  constructor(url, user) {
    this.user = user;
    this.connection = new Strophe.Connection(url, { enableStreamManagement: true });
    this.disconnected = new Promise((resolve) => (this.onDisconnected = resolve));
  }

  get jid() {
    return this.connection.jid;
  }

  #connect() {
    const connected = new Promise((resolve, reject) => {
      this.connection.connect(this.user.jid, this.user.password, (status, condition) => {
        if (status === Status.CONNECTED) resolve(this.#listen());
        if (status === Status.DISCONNECTED) this.onDisconnected();
        if (FAILURES.includes(status)) reject(new Error(`Strophe could not connect: ${condition}`));
      });
    });
    return within(connected, 'login with Strophe');
  }

  /** Strophe forgets its handlers with each connection. */
  #listen() {
    const on = (name, handle) => this.connection.addHandler((stanza) => (handle(stanza), true), null, name);
    on('message', (stanza) => {
      const body = stanza.getElementsByTagName('body')[0];
      if (body) this.messages.push({ from: stanza.getAttribute('from'), body: body.textContent });
    });
    on('presence', (stanza) => {
      const { from, type } = { from: stanza.getAttribute('from'), type: stanza.getAttribute('type') };
      this.presences.push({ from, type: type || 'available' });
    });
  }

  /** The JIDs in the roster. */
  async roster() {
    const query = $iq({ type: 'get' }).c('query', { xmlns: NS.roster });
    const result = await new Promise((resolve, reject) => this.connection.sendIQ(query, resolve, reject, 10_000));
    return [...result.getElementsByTagName('item')].map((item) => item.getAttribute('jid'));
  }

  presence() {
    this.connection.send($pres());
  }

  message(to, body) {
    this.connection.send($msg({ to, type: 'chat' }).c('body').t(body));
  }

  /** What a lost network looks like: no close frame, no close of the stream. */
  async lose() {
    this.connection._proto.socket.terminate();
    await within(this.disconnected, 'loss of the connection');
  }

  /** Connect again and take the old session up. */
  async resume() {
    await this.#connect();
    if (!this.connection.hasResumed()) throw new Error('Strophe had to start a new session');
  }

  async close() {
    const disconnected = new Promise((resolve) => (this.onDisconnected = resolve));
    this.connection.disconnect('the test is over');
    await within(disconnected, 'end of the connection');
  }
}
