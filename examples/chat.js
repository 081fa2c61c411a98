// A small chat on Strophe 1.2 (Debian's libjs-strophe). Whatever comes from
// others is shown with textContent only, never parsed as HTML.
'use strict';

const $ = (id) => document.getElementById(id);
const { Status, getBareJidFromJid: bare } = Strophe;
const parameters = new URLSearchParams(location.search);

let connection = null;
let contacts = new Map(); // by bare JID: { name, resources: Map(full JID → show), messages, unread }
let current = null; // the bare JID we are talking to

$('url').value = parameters.get('ws') || `ws://${location.hostname || 'localhost'}:6222/`;
$('jid').value = parameters.get('jid') || '';

// --- logging in, and why it failed -----------------------------------------

$('login').onsubmit = (event) => {
  event.preventDefault();
  explain('');
  if (connection && bare(connection.jid) !== bare($('jid').value)) forget();
  connection = new Strophe.Connection($('url').value);
  try {
    connection.connect($('jid').value, $('password').value, onStatus);
    watch(connection._proto.socket);
  } catch (error) {
    show('not connected');
    explain(error.message); // not a WebSocket URL, for example
  }
};

$('logout').onclick = () => connection.disconnect();

function onStatus(status, condition) {
  if (status === Status.CONNECTING) show('connecting…');
  if (status === Status.AUTHENTICATING) show('logging in…');
  if (status === Status.AUTHFAIL) {
    explain(`Wrong address or password (${condition || 'not-authorized'}).`);
    connection.disconnect();
  }
  if (status === Status.CONNECTED) online();
  if (status === Status.DISCONNECTED) show('not connected');
}

/** Strophe only logs the reason why a stream ended. The user wants to know it, too. */
function watch(socket) {
  let opened = false;
  let told = false;
  const tell = (text) => {
    told = true;
    explain(text);
  };
  socket.addEventListener('open', () => (opened = true));
  socket.addEventListener('message', ({ data }) => {
    if (!data.startsWith('<stream:error')) return;
    const error = new DOMParser().parseFromString(data, 'text/xml').documentElement;
    const [condition] = [...error.children].filter(({ localName }) => localName !== 'text');
    const text = error.getElementsByTagName('text')[0];
    const name = condition ? condition.localName : 'unknown';
    tell(text ? `${text.textContent} (${name})` : `The server ended the stream: ${name}`);
  });
  socket.addEventListener('close', ({ code, reason }) => {
    show('not connected');
    if (told || !$('why').hidden || code === 1000 || code === 1005) return;
    if (!opened) tell(`No WebSocket answers at ${socket.url} – is wsxmpp running there?`);
    else tell(`The connection was closed: ${reason || 'no reason given'} (code ${code})`);
  });
}

function explain(text) {
  $('why').textContent = text;
  $('why').hidden = !text;
}

/** Show the state of the connection, and the half of the page that goes with it. */
function show(state) {
  const connected = state === 'connected';
  $('state').textContent = state;
  $('state').className = connected ? 'connected' : '';
  $('login').hidden = connected;
  $('app').hidden = $('logout').hidden = !connected;
  $('me').textContent = connected ? bare(connection.jid) : 'XMPP chat';
}

// --- roster, presence, messages ---------------------------------------------

function online() {
  explain('');
  show('connected');
  for (const contact of contacts.values()) contact.resources.clear();
  const on = (name, handle) => connection.addHandler((stanza) => (handle(stanza), true), null, name);
  on('message', onMessage);
  on('presence', onPresence);
  connection.sendIQ($iq({ type: 'get' }).c('query', { xmlns: Strophe.NS.ROSTER }), (result) => {
    for (const item of result.getElementsByTagName('item')) {
      contact(item.getAttribute('jid')).name = item.getAttribute('name') || item.getAttribute('jid');
    }
    draw();
    connection.send($pres()); // after the roster, so that no presence comes before its contact
  });
}

/** Someone else logs in. */
function forget() {
  contacts = new Map();
  current = null;
}

/** The contact with this JID, made when it is new. */
function contact(jid) {
  const key = bare(jid);
  if (!contacts.has(key)) contacts.set(key, { name: key, resources: new Map(), messages: [], unread: 0 });
  return contacts.get(key);
}

function onPresence(stanza) {
  const from = stanza.getAttribute('from') || connection.jid;
  const type = stanza.getAttribute('type');
  if (bare(from) === bare(connection.jid) || !contacts.has(bare(from))) return;
  const { resources } = contact(from);
  const away = stanza.getElementsByTagName('show')[0];
  if (type === 'unavailable') resources.delete(from);
  else if (!type) resources.set(from, away && away.textContent !== 'chat' ? 'away' : 'available');
  draw();
}

function onMessage(stanza) {
  const from = stanza.getAttribute('from') || connection.domain;
  if (stanza.getAttribute('type') === 'error') {
    const [error] = stanza.getElementsByTagName('error');
    return add(from, 'failed', `Not delivered: ${error ? error.textContent || error.firstChild.localName : 'unknown'}`);
  }
  const [body] = stanza.getElementsByTagName('body');
  if (body) add(from, 'theirs', body.textContent);
}

function add(jid, kind, text) {
  const { messages } = contact(jid);
  messages.push({ kind, text, time: new Date() });
  if (bare(jid) !== current) contact(jid).unread++;
  draw();
}

$('compose').onsubmit = (event) => {
  event.preventDefault();
  const text = $('body').value.trim();
  if (!text || !current) return;
  connection.send($msg({ to: current, type: 'chat' }).c('body').t(text));
  add(current, 'mine', text);
  $('body').value = '';
};

$('add').onsubmit = (event) => {
  event.preventDefault();
  const jid = $('who').value.trim();
  if (jid) talkTo(bare(jid));
  $('who').value = '';
};

function talkTo(jid) {
  current = jid;
  contact(jid).unread = 0;
  draw();
  $('body').focus();
}

// --- drawing -------------------------------------------------------------------

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function draw() {
  const byName = ([, a], [, b]) => a.name.localeCompare(b.name);
  $('roster').replaceChildren(...[...contacts].sort(byName).map(([jid, { name, resources, unread }]) => {
    const shows = [...resources.values()];
    const state = shows.includes('available') ? 'available' : shows[0] || 'offline';
    const button = element('button', { className: `contact ${state}`, title: `${jid}, ${state}` });
    button.append(element('span', { textContent: name }));
    if (unread) button.append(element('i', { textContent: unread }));
    button.setAttribute('aria-current', jid === current);
    button.onclick = () => talkTo(jid);
    return button;
  }));

  const { messages } = contacts.get(current) || { messages: [] };
  const time = { hour: '2-digit', minute: '2-digit' };
  $('messages').dataset.empty = current ? `Say hello to ${contacts.get(current).name}` : 'Choose a contact';
  $('messages').replaceChildren(...messages.map((message) => {
    const when = element('time', { textContent: message.time.toLocaleTimeString([], time) });
    return element('p', { className: message.kind, textContent: message.text }, when);
  }));
  $('messages').scrollTop = $('messages').scrollHeight;
}
