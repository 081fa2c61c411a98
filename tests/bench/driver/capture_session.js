// Records what two clients and a Prosody say through wsxmpp in a session as people have them: login, a roster of forty,
// presence, sixty messages. WSXMPP=… node capture_session.js FOLDER writes strophe.session and xmppjs.session there,
// for deflate_bench: for each message 'C' or 'S' (who sent it), its size in bytes, and the message.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRequire } from 'node:module';
import { StropheClient } from '../../e2e/support/clients/strophe.js';
import { XmppJsClient } from '../../e2e/support/clients/xmppjs.js';
import { startProsody } from '../../e2e/support/prosody.js';
import { startProxy } from '../../e2e/support/proxy.js';
import { PAIRS } from '../../e2e/support/users.js';

const fromE2e = createRequire(new URL('../../e2e/package.json', import.meta.url));
const WebSocket = fromE2e('ws');
const xmppjs = fromE2e('@xmpp/client');

const LINES = [
  'But, soft! what light through yonder window breaks?', 'It is the east, and Juliet is the sun.', 'Ay me!',
  'She speaks: O, speak again, bright angel! for thou art as glorious to this night, being over my head, as is a winged ' +
    'messenger of heaven unto the white-upturned wondering eyes of mortals that fall back to gaze on him.',
  'O Romeo, Romeo! wherefore art thou Romeo? Deny thy father and refuse thy name.', 'ok 👍',
  'Shall I hear more, or shall I speak at this?', 'Was ist ein Name? Was uns Rose heißt, wie es auch hieße, würde lieblich duften.',
  'How camest thou hither, tell me, and wherefore?', 'https://example.org/orchard/walls?height=high&climb=hard',
];

/** Between a client and wsxmpp; `session` gets [who, text] of each message. */
async function record(target, session) {
  const server = new WebSocket.WebSocketServer({ port: 0, host: '127.0.0.1', handleProtocols: () => 'xmpp' });
  await new Promise((resolve) => server.once('listening', resolve));
  server.on('connection', (client) => {
    const upstream = new WebSocket(target, 'xmpp', { perMessageDeflate: false });
    const opened = new Promise((resolve) => upstream.once('open', resolve));
    client.on('message', async (data) => {
      session.push(['C', data.toString()]);
      await opened;
      upstream.send(data.toString());
    });
    upstream.on('message', (data) => {
      session.push(['S', data.toString()]);
      client.send(data.toString());
    });
    client.on('close', () => upstream.close());
    upstream.on('close', () => client.close());
  });
  return { url: `ws://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

async function fillRoster(url, user) {
  const client = await XmppJsClient.login(url, user);
  for (let i = 0; i < 40; ++i) {
    const item = xmppjs.xml('item', { jid: `capulet.servant${i}@verona.example`, name: `Servant No. ${i}` },
      xmppjs.xml('group', {}, i % 3 ? 'Household' : 'Friends'));
    await client.client.iqCaller.set(xmppjs.xml('query', 'jabber:iq:roster', item));
  }
  await client.close();
}

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });
const prosody = await startProsody();
const proxy = await startProxy(prosody.port, '--log-level', 'warning');
const { alice, bob } = PAIRS[0];
await fillRoster(proxy.url, alice);
await fillRoster(proxy.url, bob);
const sessions = { strophe: [], xmppjs: [] };
const recorders = [await record(proxy.url, sessions.strophe), await record(proxy.url, sessions.xmppjs)];
const one = await StropheClient.login(recorders[0].url, alice);
const other = await XmppJsClient.login(recorders[1].url, bob);
for (const client of [one, other]) {
  await client.roster();
  client.presence();
}
for (let i = 0; i < 60; ++i) {
  const [from, to] = i % 2 ? [other, one] : [one, other];
  from.message(to.jid, `${LINES[i % LINES.length]} (${i})`);
  await to.messages.find(({ body }) => body.endsWith(`(${i})`), `message ${i}`);
}
await one.close();
await other.close();
for (const recorder of recorders) recorder.close();
for (const [name, session] of Object.entries(sessions)) {
  const parts = session.map(([who, text]) => `${who} ${Buffer.byteLength(text)}\n${text}\n`);
  writeFileSync(join(folder, `${name}.session`), parts.join(''));
  console.log(`${name}: ${session.length} messages`);
}
process.exit(0); // and what was started ends with this
