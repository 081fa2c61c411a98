// permessage-deflate with clients that are not ours: `ws`, which both libraries use here, offers it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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
