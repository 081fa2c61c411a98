// What a session may take, where a person would meet it: before login, and when it sends more than it may.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { StropheClient } from './support/clients/strophe.js';
import { failure } from './support/failure.js';
import { startProsody } from './support/prosody.js';
import { startProxy } from './support/proxy.js';
import { LEGACY, Wire } from './support/wire.js';
import { PAIRS } from './support/users.js';
import { NS } from './support/xml.js';

const [first, second, third, fourth] = PAIRS;

describe('limits of a session, Prosody', () => {
  let server;
  before(async () => (server = await startProsody()));
  after(() => server?.process.kill());

  const proxied = async (t, ...options) => {
    const proxy = await startProxy(server.port, ...options);
    t.after(() => proxy.process.kill());
    return proxy;
  };

  it('ends a session that does not log in, and says so', async (t) => {
    const { url } = await proxied(t, '--login-timeout', '0.2');
    const wire = await Wire.connect(url);
    await wire.open();
    const { text, reason } = await failure(wire, 'connection-timeout');
    assert.match(text, /no login within 0\.2 s/);
    assert.match(reason, /no login within 0\.2 s/);
  });

  it('lets a session go on that has logged in, in both framings', async (t) => {
    const { url } = await proxied(t, '--login-timeout', '0.5');
    const wire = await Wire.login(url, first.alice);
    const legacy = await Wire.login(url, first.bob, { framing: LEGACY });
    const late = await Wire.connect(url);
    await late.open();
    await failure(late, 'connection-timeout'); // so the time of the others is over, too
    legacy.message(wire.jid, 'still here');
    assert.equal(await wire.body(), 'still here');
  });

  it('takes less of a client before it has logged in than after', async (t) => {
    const { url } = await proxied(t);
    const stranger = await Wire.connect(url);
    await stranger.open();
    stranger.send(`<auth xmlns="${NS.sasl}" mechanism="PLAIN">${'A'.repeat(9_000)}</auth>`);
    const { text } = await failure(stranger, 'policy-violation');
    assert.match(text, /the limit is 8192 before login/);

    const body = 'x'.repeat(100_000);
    const bob = await Wire.login(url, second.bob);
    const alice = await StropheClient.login(url, second.alice);
    bob.message(alice.jid, body);
    assert.equal((await alice.messages.next()).body, body);
    await alice.close();
  });

  it('refuses a frame that is too large before its bytes have come', async (t) => {
    const { url } = await proxied(t);
    const stranger = await Wire.connect(url);
    await stranger.open();
    // The header of a masked text frame of 1 MB, and nothing of it.
    const header = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 1, 2, 3, 4]);
    stranger.socket._socket.write(header);
    const { text } = await failure(stranger, 'policy-violation');
    assert.match(text, /1048576 bytes, the limit is 8192 before login/);
  });

  it('slows down a client that sends too much, and loses nothing of it', async (t) => {
    const { url } = await proxied(t, '--rate-messages', '100', '--rate-burst', '0.2');
    const alice = await Wire.login(url, third.alice);
    const bob = await Wire.login(url, third.bob);
    const started = process.hrtime.bigint();
    for (let i = 0; i < 80; ++i) bob.message(alice.jid, `${i}`); // 60 more than may come at once
    for (let i = 0; i < 80; ++i) assert.equal(await alice.body(), `${i}`);
    bob.message(alice.jid, 'when that time is over');
    assert.equal(await alice.body(), 'when that time is over');
    const milliseconds = Number(process.hrtime.bigint() - started) / 1e6;
    assert.ok(milliseconds > 500, `81 messages came in ${milliseconds} ms`);
    assert.equal((await bob.close()).code, 1000);
  });

  it('does not slow down a client without rates', async (t) => {
    const { url } = await proxied(t, '--rate-messages', '0', '--rate-bytes', '0');
    const alice = await Wire.login(url, fourth.alice);
    const bob = await Wire.login(url, fourth.bob);
    for (let i = 0; i < 500; ++i) bob.message(alice.jid, `${i}`);
    for (let i = 0; i < 500; ++i) assert.equal(await alice.body(), `${i}`);
  });
});
