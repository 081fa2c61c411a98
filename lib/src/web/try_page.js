
'use strict';
// Opens a stream as a client would (RFC 7395 §3), up to the server's features, and shows how far it came.
const NS = {
  framing: 'urn:ietf:params:xml:ns:xmpp-framing',
  streams: 'http://etherx.jabber.org/streams',
  errors: 'urn:ietf:params:xml:ns:xmpp-streams',
  sasl: 'urn:ietf:params:xml:ns:xmpp-sasl',
  sasl2: 'urn:xmpp:sasl:2',
};
const PATIENCE_MS = 30000; // longer than the server waits for its own side

const $ = (id) => document.getElementById(id);
const facts = document.documentElement.dataset;
const own = `${location.protocol === 'https:' ? 'wss:' : 'ws:'}//${location.host}${facts.path}`;

/** Whether this page may connect; undefined: a proxy between asked the server for another host than the browser did. */
function originAllowed() {
  if (facts.origins === 'any') return true;
  if (facts.host.toLowerCase() !== location.host) return undefined;
  return facts.origins.split(' ').includes(location.protocol.slice(0, -1));
}

function element(name, text, className = '') {
  const made = document.createElement(name);
  made.textContent = text;
  made.className = className;
  return made;
}

/** One attempt; a new one takes the place of the last. */
class Attempt {
  constructor(url, domain) {
    Object.assign(this, { url, domain, opened: false, done: false, error: '' });
    this.started = performance.now();
    $('steps').replaceChildren();
    $('hints').replaceChildren();
    $('received').hidden = true;
    $('received').querySelector('pre').textContent = '';
    this.say('', 'Trying …');
    this.step(`Opening ${url}`);
    this.timer = setTimeout(() => this.fail('No answer came in time.'), PATIENCE_MS);
    try {
      this.socket = new WebSocket(url, 'xmpp');
    } catch (error) {
      this.fail(`The browser does not open it: ${error.message}`, this.mixedContent());
      return;
    }
    this.socket.onopen = () => this.onOpen();
    this.socket.onmessage = ({ data }) => this.onMessage(data);
    this.socket.onclose = (event) => this.onClose(event);
  }

  /** Its events are nobody's business any more. */
  drop() {
    this.done = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  // --- What is shown

  step(text) {
    this.current = $('steps').appendChild(element('li', text));
  }

  passed(text) {
    this.current.textContent = text;
    this.current.className = 'good';
  }

  say(className, text) {
    $('verdict').replaceWith(Object.assign(element('div', text, className), { id: 'verdict' }));
    $('verdict').setAttribute('role', className === 'bad' ? 'alert' : 'status');
  }

  fail(text, hints = []) {
    if (this.done) return;
    this.drop();
    this.current.className = 'bad';
    this.say('bad', text);
    $('hints').append(...hints.map((hint) => element('li', hint)));
  }

  // --- What happens

  onOpen() {
    if (this.done) return;
    this.opened = true;
    const subprotocol = this.socket.protocol ? `subprotocol ${this.socket.protocol}` : 'no subprotocol';
    this.passed(`WebSocket open (${Math.round(performance.now() - this.started)} ms, ${subprotocol})`);
    this.step(`Opening a stream to ${this.domain}`);
    const open = document.implementation.createDocument(NS.framing, 'open').documentElement;
    open.setAttribute('to', this.domain);
    open.setAttribute('version', '1.0');
    this.socket.send(new XMLSerializer().serializeToString(open));
  }

  onMessage(data) {
    if (this.done) return;
    $('received').hidden = false;
    $('received').querySelector('pre').textContent += `${data}\n\n`;
    const root = new DOMParser().parseFromString(String(data), 'text/xml').documentElement;
    const is = (namespace, name) => root.namespaceURI === namespace && root.localName === name;
    if (is(NS.framing, 'open')) {
      this.passed(`Stream opened by ${root.getAttribute('from') ?? 'the server'}`);
      this.step('Waiting for the features of the server');
    } else if (is(NS.streams, 'features')) {
      this.onFeatures(root);
    } else if (is(NS.streams, 'error')) {
      this.onError(root);
    }
  }

  onFeatures(features) {
    const texts = (namespace, parent) => [...features.children]
      .filter((child) => child.namespaceURI === namespace && child.localName === parent)
      .flatMap((child) => [...child.getElementsByTagNameNS(namespace, 'mechanism')])
      .map((mechanism) => mechanism.textContent);
    const mechanisms = new Set([...texts(NS.sasl, 'mechanisms'), ...texts(NS.sasl2, 'authentication')]);
    if (mechanisms.size === 0) {
      this.fail('The server offers no way to log in.', ['No SASL mechanism is among its features: some servers hide '
        + 'them from connections that they take for insecure. See the configuration of the server.']);
      return;
    }
    this.passed(`The server offers the SASL mechanisms ${[...mechanisms].join(', ')}`);
    const goodbye = document.implementation.createDocument(NS.framing, 'close').documentElement;
    this.socket.send(new XMLSerializer().serializeToString(goodbye));
    this.drop();
    this.say('good', `It works: a client can log in to ${this.domain}.`);
  }

  onError(error) {
    const parts = [...error.children].filter((child) => child.namespaceURI === NS.errors);
    const condition = parts.find((child) => child.localName !== 'text')?.localName ?? 'stream error';
    const text = parts.find((child) => child.localName === 'text')?.textContent;
    const hints = {
      'host-unknown': ['Is the domain spelt as in the addresses of its users (user@DOMAIN)?'],
      'remote-connection-failed': ['The WebSocket works; the XMPP server behind it does not answer as it should. '
        + 'Whoever runs this can find out more with “wsxmpp check DOMAIN”.'],
      'remote-server-timeout': ['The WebSocket works; the XMPP server behind it does not answer.'],
    };
    this.fail(text ? `${condition}: ${text}` : condition, hints[condition]);
  }

  onClose({ code, reason }) {
    if (this.done) return;
    if (this.opened) this.fail(`The connection was closed with code ${code}${reason ? `: ${reason}` : ''}.`);
    else this.explain();
  }

  // --- A handshake that failed: browsers do not say why, so that pages cannot look around in foreign networks

  mixedContent() {
    return location.protocol === 'https:' && this.url.startsWith('ws:')
      ? ['This page came by https, and browsers then open wss: alone.'] : [];
  }

  async explain() {
    const hints = this.mixedContent();
    const address = new URL(this.socket.url.replace(/^ws/, 'http'));
    let answer = '';
    if (address.origin === location.origin) {
      try {
        const response = await fetch(address, { cache: 'no-store', credentials: 'omit' });
        const text = response.headers.get('content-type')?.startsWith('text/plain') ? await response.text() : '';
        if (response.status !== 200 && response.status !== 426) answer = `${response.status} ${text}`.trim();
        const allowed = originAllowed();
        if (allowed === false) {
          hints.push(`Pages of ${location.origin} are not allowed to connect: --origin ${location.origin} would let them.`);
        } else if (allowed === undefined) {
          hints.push(`Does --origin allow pages of ${location.origin}? It is not known here, because a proxy before the `
            + `server asks it for ${facts.host || 'no host'}.`);
        }
        if (!answer && allowed !== false) {
          hints.push('The address answers to HTTP. A proxy before it may not pass on the headers Upgrade and Connection '
            + '(nginx: proxy_http_version 1.1, proxy_set_header).');
        }
        if (address.pathname !== facts.path) hints.push(`Is the path right? Here it is ${facts.path}.`);
      } catch {
        hints.push('Nothing answers at this address any more.');
      }
    } else {
      hints.push('Does something listen at this host and port, with a certificate that the browser trusts if it is wss:?',
        'Is the path right, and does the server allow pages of this origin, ' + location.origin + '?');
    }
    this.fail(`The WebSocket was refused${answer ? `: ${answer}` : '.'}`, hints);
  }
}

let attempt;
function start() {
  attempt?.drop();
  $('example').textContent = `const ws = new WebSocket('${$('url').value}', 'xmpp');`;
  attempt = new Attempt($('url').value.trim(), $('domain').value.trim());
}

const asked = new URLSearchParams(location.search);
$('domain').value = asked.get('domain') ?? (facts.domain || location.hostname);
$('url').value = facts.url || own;
$('form').addEventListener('submit', (event) => {
  event.preventDefault();
  start();
});
start();
