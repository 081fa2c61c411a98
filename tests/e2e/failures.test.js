// When something breaks, the page is told what, and nobody is left waiting.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until, within } from './support/deadline.js';
import { failure } from './support/failure.js';
import { deadPort } from './support/ports.js';
import { startProxy } from './support/proxy.js';
import { Wire } from './support/wire.js';
import { throughEachServer } from './support/world.js';
import { NS, parse } from './support/xml.js';

describe('without a server', () => {
  it('opens the stream, says why it fails, and closes', async (t) => {
    const port = await deadPort();
    const proxy = await startProxy(port);
    t.after(() => proxy.process.kill());
    const wire = await Wire.connect(proxy.url);
    wire.send(wire.framing.open);

    const open = parse(await wire.next());
    assert.equal(open.localName, 'open');
    assert.equal(open.getAttribute('from'), 'localhost');
    assert.match(open.getAttribute('id'), /./);
    const { text, reason } = await failure(wire, 'remote-connection-failed');
    assert.match(text, /refused/i);
    assert.doesNotMatch(text, /127\.0\.0\.1/, 'where the server is, is none of its business');
    assert.match(reason, /refused/i);
  });
});

throughEachServer('when it fails', (world) => {
  it('tells sessions of a SIGTERM, takes no new ones, and exits with 0', async (t) => {
    const { alice, bob } = world.pair();
    const proxy = await startProxy(world.server.port, '--drain-timeout', '1');
    t.after(() => proxy.process.kill());
    const page = await Wire.login(proxy.url, alice);
    const leaving = await Wire.login(proxy.url, bob);
    proxy.process.signal('SIGTERM');
    await until(() => refuses(proxy.url), 'refusal of new connections');

    leaving.message(page.jid, 'sessions go on until the drain ends');
    assert.equal(await page.body(), 'sessions go on until the drain ends');
    assert.equal((await leaving.close()).code, 1000);

    await failure(page, 'system-shutdown');
    assert.deepEqual(await within(proxy.process.exited, 'exit'), { code: 0, signal: null });
  });

  it('leaves sessions that another wsxmpp can resume when it is restarted', async (t) => {
    const { alice, bob } = world.pair();
    const old = await startProxy(world.server.port, '--drain-timeout', '0');
    t.after(() => old.process.kill());
    const page = await Wire.login(old.url, alice);
    const id = await page.enableResumption();
    old.process.signal('SIGTERM');
    await failure(page, 'system-shutdown');
    const friend = await Wire.login(world.url, bob);
    friend.message(page.jid, 'sent during the restart');

    const again = await Wire.connect(world.url);
    await again.authenticate(alice);
    again.send(`<resume xmlns="${NS.sm}" previd="${id}" h="0"/>`);
    const answer = await again.element();
    assert.equal(answer.localName, 'resumed', String(answer));
    assert.equal(await again.body(), 'sent during the restart');
    await Promise.all([again.close(), friend.close()]);
  });

  it('sends its clients elsewhere with --see-other-uri when it ends', async (t) => {
    const { alice } = world.pair();
    const elsewhere = 'wss://other.example/ws?a=1&b=2';
    const proxy = await startProxy(world.server.port, '--drain-timeout', '0', '--see-other-uri', elsewhere);
    t.after(() => proxy.process.kill());
    const page = await Wire.login(proxy.url, alice);
    proxy.process.signal('SIGTERM');
    const close = await page.find('close');
    assert.equal(close.namespaceURI, NS.framing);
    assert.equal(close.getAttribute('see-other-uri'), elsewhere);
    assert.equal((await page.end()).code, 1001);
  });

  // Were it only dropped, a client that resumes would send it again, for ever.
  it('refuses a stanza over the limit with an XMPP error that names the limit', async (t) => {
    const { alice, bob } = world.pair();
    const proxy = await startProxy(world.server.port, '--max-element', '10000');
    t.after(() => proxy.process.kill());
    const page = await Wire.login(proxy.url, alice);
    page.message(bob.jid, 'a'.repeat(12_000));
    const { text, reason } = await failure(page, 'policy-violation');
    assert.match(text, /10000/);
    assert.match(reason, /10000/);
  });

  it('exits at once with 0 on SIGINT when nobody is connected', async () => {
    const proxy = await startProxy(world.server.port);
    proxy.process.signal('SIGINT');
    assert.deepEqual(await within(proxy.process.exited, 'exit'), { code: 0, signal: null });
  });

  it('does not wait for the drain after a second signal', async () => {
    const { alice } = world.pair();
    const proxy = await startProxy(world.server.port, '--drain-timeout', '3600');
    const page = await Wire.login(proxy.url, alice);
    proxy.process.signal('SIGTERM');
    await until(() => refuses(proxy.url), 'refusal of new connections');
    proxy.process.signal('SIGTERM');
    await within(proxy.process.exited, 'exit');
    await page.end();
  });

  // Last: it takes the server away.
  it('tells the page that its server was killed', async () => {
    const { alice } = world.pair();
    const page = await Wire.login(world.url, alice);
    world.server.process.signal('SIGKILL');
    const { text, reason } = await failure(page, 'remote-connection-failed');
    assert.match(text, /server/);
    assert.match(reason, /server/);
  });
});

/** Whether a new WebSocket is turned away. */
async function refuses(url) {
  const wire = new Wire(url);
  const opened = new Promise((resolve) => wire.socket.once('open', () => resolve('opened')));
  const outcome = await Promise.race([opened, wire.closed]);
  wire.lose();
  return outcome !== 'opened';
}
