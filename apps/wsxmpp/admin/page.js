// The status page: asks the proxy for its figures each second and for its sessions every other, while it is looked at.
// What comes from clients and servers is only ever set as text.
import { Graph, element } from './graph.js';

const patience = 5000;   // milliseconds for an answer
const rowsShown = 200;   // of sessions; a filter finds the others
const manySessions = 2000;

const byId = (id) => document.getElementById(id);
const whole = new Intl.NumberFormat();
const short = new Intl.NumberFormat(undefined, { notation: 'compact', maximumSignificantDigits: 3 });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

const number = (value) => (value < 9.95 && value % 1 ? value.toFixed(1) : value < 1e6 ? whole.format(Math.round(value))
  : short.format(value));

function bytes(value) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; value /= 1000) ++unit;
  return `${value < 9.95 && unit > 0 && value % 1 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

function milliseconds(value) {
  if (value === null) return '–';
  if (value >= 1000) return `${(value / 1000).toFixed(value < 10000 && value % 1000 ? 1 : 0)} s`;
  return `${value < 9.95 && value % 1 ? value.toFixed(1) : Math.round(value)} ms`;
}

function duration(seconds) {
  const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const first = units.findIndex(([size]) => seconds >= size);
  if (first < 0) return '0 s';
  return units.slice(first, first + 2)
    .map(([size, name], i) => [Math.floor((i === 0 ? seconds : seconds % units[first][0]) / size), name])
    .filter(([count], i) => i === 0 || count > 0)
    .map(([count, name]) => `${count} ${name}`).join(' ');
}

// Figures.

let totals = null;
const graphs = [
  new Graph({
    title: 'Sessions', format: number, scale: short.format, least: 10,
    series: [{ label: 'open', column: 'sessions', kind: 'first', area: true }],
    headline: (row) => ({ figure: whole.format(row.sessions),
      aside: totals ? `${whole.format(totals.logged_in)} logged in` : '' }),
  }),
  new Graph({
    title: 'Messages a second', format: number, scale: short.format, least: 10,
    series: [{ label: 'from clients', column: 'messages_from_clients', kind: 'first' },
      { label: 'from servers', column: 'messages_from_servers', kind: 'second' }],
    headline: (row) => ({ figure: number(row.messages_from_clients + row.messages_from_servers), aside: 'both ways' }),
  }),
  new Graph({
    title: 'Traffic a second', format: bytes, least: 1000,
    series: [{ label: 'from clients', column: 'bytes_from_clients', kind: 'first' },
      { label: 'from servers', column: 'bytes_from_servers', kind: 'second' }],
    headline: (row) => ({ figure: bytes(row.bytes_from_clients + row.bytes_from_servers), aside: 'both ways' }),
  }),
  new Graph({
    title: 'Latency of new connections', format: milliseconds, least: 10,
    series: [{ label: 'connect', column: 'connect_ms', kind: 'first' },
      { label: '95 %', column: 'connect_ms_95', kind: 'first-95' },
      { label: 'answer', column: 'answer_ms', kind: 'second' },
      { label: '95 %', column: 'answer_ms_95', kind: 'second-95' }],
    headline: (row) => (row.connect_ms === null
      ? { figure: '–', aside: 'no connections to servers just now' }
      : { figure: milliseconds(row.connect_ms), aside: 'to connect to a server, the median' }),
  }),
];
byId('graphs').append(...graphs.map((graph) => graph.node));

let rows = [];
let started = null;
let range = 300;
const drawGraphs = () => graphs.forEach((graph) => graph.update(rows, range));

byId('range').addEventListener('click', ({ target }) => {
  if (!target.dataset.seconds) return;
  range = Number(target.dataset.seconds);
  for (const button of byId('range').children) button.setAttribute('aria-pressed', String(button === target));
  drawGraphs();
});

function showTotals() {
  const entries = [['Sessions accepted', whole.format(totals.accepted)], ['Sessions failed', whole.format(totals.failed)],
    ['Messages from clients', whole.format(totals.messages_from_clients)],
    ['Messages from servers', whole.format(totals.messages_from_servers)],
    ['Traffic from clients', bytes(totals.bytes_from_clients)],
    ['Traffic from servers', bytes(totals.bytes_from_servers)]];
  byId('totals').replaceChildren(...entries.map(([name, value]) =>
    element('div', {}, element('dt', { textContent: name }), element('dd', { textContent: value }))));
}

function showStatus(status) {
  const fresh = status.history.rows.map((row) =>
    Object.fromEntries(status.history.columns.map((column, i) => [column, row[i]])));
  rows = rows.concat(fresh).slice(-status.history.seconds);
  totals = status.totals;
  started = status.started_ms;
  const threads = status.threads === 1 ? '1 thread' : `${status.threads} threads`;
  byId('about').textContent =
    `${status.version} · to ${status.upstream} · ${threads} · up ${duration(status.uptime_s)}`;
  showTotals();
  drawGraphs();
  state(status.draining ? 'draining' : 'live');
}

// Sessions.

let sort = { key: 'age', descending: true };
const shownRows = new Map();   // by id

function cell(label, className = '') {
  const td = element('td', { className }, element('span'));
  td.setAttribute('role', 'cell');
  td.dataset.label = label;
  return td;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function newRow(session) {
  const row = element('tr');
  row.setAttribute('role', 'row');
  const cells = {
    client: cell('Client'), domain: cell('Domain'), state: cell('State'), age: cell('Age', 'number'),
    messages: cell('Messages', 'number pair'), traffic: cell('Traffic', 'number pair'), action: cell('', 'action'),
  };
  const parts = {};
  for (const name of ['client', 'domain', 'messages', 'traffic']) {
    parts[name] = document.createTextNode('');
    parts[`${name}Below`] = element('small');
    cells[name].firstChild.append(parts[name], parts[`${name}Below`]);
  }
  parts.age = cells.age.firstChild;
  parts.state = element('b', { className: 'badge' });
  cells.state.firstChild.append(parts.state);
  const button = element('button', { type: 'button', textContent: 'Close' });
  button.setAttribute('aria-label', `Close the session of ${session.client}`);
  button.addEventListener('click', () => askToClose(session));
  cells.action.replaceChildren(button);
  row.append(...Object.values(cells));
  return { row, parts };
}

function fillRow({ parts }, session) {
  setText(parts.client, session.client);
  setText(parts.clientBelow, `session ${session.id}${session.framing ? ` · ${session.framing}` : ''}`);
  setText(parts.domain, session.domain || '–');
  setText(parts.domainBelow, session.server ? `at ${session.server}` : '');
  setText(parts.state, session.state);
  parts.state.dataset.state = session.state;
  setText(parts.age, duration(Math.floor(session.age_ms / 1000)));
  setText(parts.messages, `${whole.format(session.messages_from_client)} sent`);
  setText(parts.messagesBelow, `${whole.format(session.messages_from_server)} received`);
  setText(parts.traffic, `${bytes(session.bytes_from_client)} sent`);
  setText(parts.trafficBelow, `${bytes(session.bytes_from_server)} received`);
}

// Rows stay the same elements, so that what has the focus keeps it.
function showSessions(list) {
  const body = byId('sessions');
  const focused = document.activeElement;
  const ids = new Set(list.sessions.map((session) => session.id));
  for (const [id, { row }] of shownRows) {
    if (ids.has(id)) continue;
    row.remove();
    shownRows.delete(id);
  }
  list.sessions.forEach((session, i) => {
    if (!shownRows.has(session.id)) shownRows.set(session.id, newRow(session));
    const entry = shownRows.get(session.id);
    fillRow(entry, session);
    if (body.children[i] !== entry.row) body.insertBefore(entry.row, body.children[i] ?? null);
  });
  if (focused !== document.activeElement && focused.isConnected) focused.focus();

  const filtered = byId('filter').value !== '';
  setText(byId('count'), filtered ? `${whole.format(list.matching)} of ${whole.format(list.total)}`
    : whole.format(list.total));
  const hidden = list.matching - list.sessions.length;
  const none = list.total === 0 ? 'Nobody is connected.' : 'No session matches the filter.';
  setText(byId('none'), hidden > 0 ? `and ${whole.format(hidden)} more: a filter finds them`
    : list.matching === 0 ? none : '');
  byId('none').hidden = byId('none').textContent === '';
  document.querySelector('table').hidden = list.matching === 0;
  manyOpen = list.total > manySessions;
}

function sortBy(key, descending) {
  sort = { key, descending };
  for (const th of document.querySelectorAll('th[data-key]')) {
    if (th.dataset.key === key) th.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
    else th.removeAttribute('aria-sort');
  }
  byId('sort').querySelector('select').value = key;
  sessions.now();
}

const startsDescending = new Set(['age', 'messages', 'bytes']);
for (const th of document.querySelectorAll('th[data-key]')) {
  const { key } = th.dataset;
  th.firstChild.addEventListener('click', () =>
    sortBy(key, sort.key === key ? !sort.descending : startsDescending.has(key)));
}
byId('sort').addEventListener('change', ({ target }) => sortBy(target.value, startsDescending.has(target.value)));
byId('filter').addEventListener('input', () => sessions.now());

let toClose = null;
function askToClose(session) {
  toClose = session;
  byId('confirm-what').textContent =
    `${session.client}${session.domain ? ` on ${session.domain}` : ''}, open for ${duration(session.age_ms / 1000 | 0)}.`;
  byId('confirm').returnValue = 'cancel';
  byId('confirm').showModal();
}

byId('confirm').addEventListener('close', async () => {
  if (byId('confirm').returnValue !== 'close') return;
  const { id, client } = toClose;
  try {
    await ask(`api/sessions/${id}/close`, { method: 'POST', headers: { 'Content-Type': 'application/json' } });
    tell(`Closed the session of ${client}.`);
  } catch (error) {
    tell(error.status === 404 ? `The session of ${client} had ended already.` : `Not closed: ${error.message}`);
  }
  sessions.now();
});

let toldUntil = 0;
function tell(text) {
  byId('told').textContent = text;
  clearTimeout(toldUntil);
  toldUntil = setTimeout(() => { byId('told').textContent = ''; }, 5000);
}

// Asking.

async function ask(path, options = {}) {
  const answer = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(patience), ...options });
  if (answer.ok) return answer.json();
  const error = new Error(`${answer.status}: ${(await answer.text()).trim()}`);
  error.status = answer.status;
  throw error;
}

const states = { waiting: 'connecting', live: 'live', draining: 'draining', paused: 'paused', lost: 'connection lost' };
function state(name) {
  if (byId('state').dataset.state !== name) {
    byId('state').dataset.state = name;
    byId('state').textContent = states[name];
  }
  const lost = name === 'lost';
  document.body.classList.toggle('stale', lost);
  if (!lost) byId('trouble').hidden = true;
}

let lastAnswer = null;
function trouble(error) {
  state('lost');
  const what = error.status ? `The proxy answers ${error.message}` : 'The connection to the proxy is lost';
  const since = lastAnswer ? ` The figures are those of ${clock.format(lastAnswer)}.` : '';
  setText(byId('trouble'), `${what}.${since} Trying again.`);
  byId('trouble').hidden = false;
}

// Asks again and again, a pause after each answer; not while nobody looks.
class Repeated {
  constructor(task, pause) {
    this.task = task;
    this.pause = pause;
    this.round = 0;
  }

  async now() {
    const round = ++this.round;   // an answer to an earlier question comes too late
    clearTimeout(this.timer);
    if (document.hidden) return;
    try {
      const show = await this.task();
      if (round === this.round && !document.hidden) show();
    } catch (error) {
      if (round === this.round && !document.hidden) trouble(error);
    }
    if (round === this.round) this.timer = setTimeout(() => this.now(), this.pause());
  }
}

let manyOpen = false;
const status = new Repeated(async () => {
  const since = rows.length ? rows[rows.length - 1].number : 0;
  let answer = await ask(`api/status?since=${since}`);
  if (started !== null && answer.started_ms !== started) {   // another run of the program counts from 1 again
    rows = [];
    answer = await ask('api/status');
  }
  return () => {
    lastAnswer = Date.now();
    showStatus(answer);
  };
}, () => 1000);

const sessions = new Repeated(async () => {
  const list = await ask(`api/sessions?${new URLSearchParams({
    sort: sort.key, order: sort.descending ? 'desc' : 'asc', filter: byId('filter').value, limit: rowsShown,
  })}`);
  return () => showSessions(list);
}, () => (manyOpen ? 5000 : 2000));   // to list them costs the proxy something

document.addEventListener('visibilitychange', () => {
  if (document.hidden) return state('paused');
  status.now();
  sessions.now();
});
sortBy(sort.key, sort.descending);
status.now();
