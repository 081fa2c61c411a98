// What clients in this process take for the internet: every name is this machine, ports may lead to others,
// and a test CA can be trusted. The libraries find a WebSocket and a fetch that live in it, as a page finds its browser's.
import { once } from 'node:events';
import { request } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import WebSocket from 'ws';
import { within } from './deadline.js';

const settings = { ca: undefined, ports: {} };

/** Trust this CA (a certificate in PEM), and lead "name:port" to a loopback port. */
export function setNetwork({ ca, ports = {} }) {
  Object.assign(settings, { ca, ports });
}

export const toLoopback = (name, { all } = {}, done) =>
  all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);

/** What a client of this network connects with, as net.connect() and tls.connect() take it. */
const onward = ({ host, port, ...rest }) => {
  const leadsTo = settings.ports[`${host}:${port}`] ?? port;
  return { ca: settings.ca, lookup: toLoopback, servername: host, ...rest, host, port: leadsTo, path: undefined };
};
const tls = { createConnection: (options) => connectTls(onward(options)) };
const tcp = { createConnection: (options) => connectTcp(onward(options)) };

/** As a browser's, but for sockets that can be lost on purpose. */
export class NetworkSocket extends WebSocket {
  constructor(url, protocols) {
    super(url, protocols, url.startsWith('wss:') ? tls : tcp);
  }
}

/** Enough of fetch() for whoever discovers a way to connect. */
export async function fetchOnNetwork(url, { method = 'GET', headers = {} } = {}) {
  const sent = request(url, { method, headers, defaultPort: 443, ...tls }).end();
  const [response] = await within(once(sent, 'response'), `answer of ${url}`);
  let body = '';
  for await (const text of response.setEncoding('utf8')) body += text;
  const { statusCode: status, headers: received } = response;
  return {
    ok: status >= 200 && status < 300,
    status,
    headers: new Headers(Object.entries(received).filter(([, value]) => typeof value === 'string')),
    text: async () => body,
    json: async () => JSON.parse(body),
  };
}
