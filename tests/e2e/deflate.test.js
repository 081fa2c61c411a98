// permessage-deflate with clients that are not ours: `ws`, which both libraries use here, and Chromium offer it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openBrowser, openTab } from './support/browser.js';
import { StropheClient } from './support/clients/strophe.js';
import { XmppJsClient } from './support/clients/xmppjs.js';
import { startProsody } from './support/prosody.js';
import { startProxy } from './support/proxy.js';
import { PAIRS } from './support/users.js';

let prosody;
before(async () => (prosody = await startProsody()));
after(() => prosody.process.kill());

const socketOf = (client) => client.connection?._proto.socket ?? client.client.socket.socket;

async function converse(t, { alice, bob }, ...options) {
  const proxy = await startProxy(prosody.port, ...options);
  t.after(() => proxy.process.kill());
  const one = await StropheClient.login(proxy.url, alice);
  const other = await XmppJsClient.login(proxy.url, bob);
  for (const client of [one, other]) client.presence();
  await one.roster();
  for (let i = 0; i < 20; ++i) {
    const body = `Good night, good night! ${'Parting is such sweet sorrow '.repeat(i * i)} 👋 ${i}`;
    one.message(other.jid, body);
    assert.equal((await other.messages.next()).body, body);
    other.message(one.jid, body);
    assert.equal((await one.messages.next()).body, body);
  }
  const extensions = [one, other].map((client) => socketOf(client).extensions);
  await one.close();
  await other.close();
  return extensions;
}

const agreed = (extensions) => extensions.map((one) => /permessage-deflate/.test(one));

test('without --deflate clients that offer it get none', async (t) => {
  assert.deepEqual(agreed(await converse(t, PAIRS[0])), [false, false]);
});

test('with --deflate messages are compressed, both ways', async (t) => {
  assert.deepEqual(agreed(await converse(t, PAIRS[1], '--deflate')), [true, true]);
});

test('with --deflate-context-takeover they refer to one another', async (t) => {
  const options = ['--deflate', '--deflate-level', '9', '--deflate-context-takeover', '10'];
  assert.deepEqual(agreed(await converse(t, PAIRS[2], ...options)), [true, true]);
});

/** In the page: opens a stream and closes it; all that came, and what was agreed on. */
const openStream = (url) =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'xmpp');
    const received = [];
    socket.onopen = () =>
      socket.send(`<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='localhost' version='1.0' id='${'x'.repeat(5000)}'/>`);
    socket.onmessage = ({ data }) => {
      received.push(data);
      if (data.includes('features')) socket.send("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
    };
    socket.onclose = ({ code }) => resolve({ code, received, extensions: socket.extensions });
    socket.onerror = () => reject(new Error('no WebSocket'));
  });

test('Chromium agrees to it, and reads what was compressed', async (t) => {
  const browser = await openBrowser();
  t.after(() => browser.close());
  for (const more of [[], ['--deflate-context-takeover', '11']]) {
    const proxy = await startProxy(prosody.port, '--deflate', ...more);
    t.after(() => proxy.process.kill());
    const page = await openTab(browser);
    const { code, received, extensions } = await page.evaluate(openStream, proxy.url);
    assert.match(extensions, more.length ? /^permessage-deflate; server_max_window_bits=11; client_max_window_bits=11$/ : /no_context_takeover/);
    assert.match(received[0], /^<open /);
    assert.match(received[1], /<mechanism>SCRAM-SHA-1<\/mechanism>/);
    assert.match(received.at(-1), /^<close /);
    assert.equal(code, 1000);
  }
});
