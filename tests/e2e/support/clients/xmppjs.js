// @xmpp/client, for ws:// as in a page and for xmpp:// as Psi would connect.
// It enables stream management by itself, and reconnects and resumes by itself;
// reconnecting is only switched on where a test loses the socket, since a client
// whose server is gone would try for ever.
import { within } from '../deadline.js';
import { Inbox } from '../inbox.js';
import { NetworkSocket } from '../network.js';
import { NS } from '../xml.js';

// Later versions of Node have one of their own, whose socket nobody can lose on
// purpose. The library looks for the global while it is loaded.
globalThis.WebSocket = NetworkSocket;
const { default: xmppjs } = await import('@xmpp/client');
const { client, xml } = xmppjs;

export class XmppJsClient {
  messages = new Inbox();
  presences = new Inbox();

  static async login(url, user) {
    const self = new XmppJsClient(url, user);
    const enabled = self.#nonza('enabled');
    await within(self.client.start(), 'login with @xmpp/client');
    await within(enabled, 'stream management');
    return self;
  }

  constructor(url, { name, domain, password }) {
    this.client = client({ service: url, domain, username: name, password });
    this.client.timeout = 20_000; // its 2 s are too few where several tests run at once
    this.client.reconnect.stop();
    this.client.reconnect.delay = 0;
    this.client.on('error', () => {}); // whoever waits will say that it waited in vain
    this.client.on('online', (jid) => (this.jid = jid.toString()));
    this.client.on('stanza', (stanza) => this.#onStanza(stanza));
  }

  #onStanza(stanza) {
    const { from, type = 'available' } = stanza.attrs;
    if (stanza.is('presence')) this.presences.push({ from, type });
    if (stanza.is('message') && stanza.getChild('body')) {
      this.messages.push({ from, body: stanza.getChildText('body') });
    }
  }

  /** The next answer of stream management, whichever it is. */
  #nonza(wanted) {
    return new Promise((resolve, reject) => {
      const listener = (element) => {
        if (element.attrs.xmlns !== NS.sm || !['enabled', 'resumed', 'failed'].includes(element.name)) return;
        this.client.removeListener('nonza', listener);
        if (element.name === wanted) resolve();
        else reject(new Error(`<${element.name}/>, not <${wanted}/>`));
      };
      this.client.on('nonza', listener);
    });
  }

  /** The JIDs in the roster. */
  async roster() {
    const query = await this.client.iqCaller.get(xml('query', NS.roster));
    return query.getChildren('item').map((item) => item.attrs.jid);
  }

  presence() {
    this.client.send(xml('presence'));
  }

  message(to, body) {
    this.client.send(xml('message', { to, type: 'chat' }, xml('body', {}, body)));
  }

  /** What a lost network looks like: no close frame, no close of the stream. */
  async lose() {
    this.resumed = this.#nonza('resumed');
    this.client.reconnect.start();
    const disconnected = new Promise((resolve) => this.client.once('disconnect', resolve));
    this.client.socket.socket.terminate();
    await within(disconnected, 'loss of the connection');
  }

  /** See it connect again and take the old session up. */
  async resume() {
    await within(this.resumed, 'resumption').finally(() => this.client.reconnect.stop());
  }

  async close() {
    const goodbye = await within(this.client.stop(), 'end of the connection');
    if (!goodbye) throw new Error('the server did not close its side of the stream');
  }
}
