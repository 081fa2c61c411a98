// The framing before RFC 7395: the page of the first post, and those like it.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { startProxy } from './support/proxy.js';
import { LEGACY, Wire } from './support/wire.js';
import { throughEachServer } from './support/world.js';
import { all, NS } from './support/xml.js';

throughEachServer('in the old framing', (world) => {
  for (const protocols of [[], ['xmpp']]) {
    const offer = protocols.length ? "with the subprotocol 'xmpp'" : 'without a subprotocol';

    it(`shows the stream header and the mechanisms, ${offer}`, async () => {
      const wire = await Wire.connect(world.url, { framing: LEGACY, protocols });
      assert.equal(wire.socket.protocol, protocols.join());
      const { header, features } = await wire.open();
      assert.match(header, /\sid=/);
      assert.match(header, /\sfrom=['"]localhost['"]/);
      const mechanisms = all(features, NS.sasl, 'mechanism').map((element) => element.textContent);
      assert.ok(mechanisms.includes('PLAIN'), mechanisms);
      assert.equal(all(features, NS.tls, 'starttls').length, 0);
      wire.lose();
    });

    it(`logs in, chats and closes, ${offer}`, async () => {
      const { alice, bob } = world.pair();
      const old = await Wire.login(world.url, alice, { framing: LEGACY, protocols });
      const modern = await Wire.login(world.url, bob);
      old.message(modern.jid, 'from <then> & there 😀');
      assert.equal(await modern.body(), 'from <then> & there 😀');
      modern.message(old.jid, 'from <now> & here ä');
      assert.equal(await old.body(), 'from <now> & here ä');

      assert.equal((await old.close()).code, 1000);
      await modern.close();
    });
  }

  it('accepts an XML declaration before the stream header', async () => {
    const wire = await Wire.connect(world.url, { framing: LEGACY, protocols: [] });
    wire.framing = { ...LEGACY, open: `<?xml version='1.0'?>${LEGACY.open}` };
    const { features } = await wire.open();
    assert.equal(features.localName, 'features');
    wire.lose();
  });

  it('resumes a session whose socket was lost', async () => {
    const { alice, bob } = world.pair();
    const lost = await Wire.login(world.url, alice, { framing: LEGACY });
    const id = await lost.enableResumption();
    const friend = await Wire.login(world.url, bob);
    lost.lose();
    friend.message(lost.jid, 'while you were away');

    const found = await Wire.connect(world.url, { framing: LEGACY });
    await found.authenticate(alice);
    found.send(`<resume xmlns="${NS.sm}" previd="${id}" h="0"/>`);
    assert.equal((await found.element()).localName, 'resumed');
    assert.equal(await found.body(), 'while you were away');
    await Promise.all([found.close(), friend.close()]);
  });

  it('relays bytes as they are with --framing raw', async (t) => {
    const proxy = await startProxy(world.server.port, '--framing', 'raw');
    t.after(() => proxy.process.kill());
    const wire = await Wire.connect(proxy.url, { protocols: [] });
    wire.send(LEGACY.open.slice(0, 20));
    wire.send(LEGACY.open.slice(20));
    const receive = async (end) => {
      let received = '';
      while (!received.endsWith(end)) received += await wire.next(end);
      return received;
    };
    const features = await receive('</stream:features>');
    assert.match(features, /^<\?xml version='1.0'\?><stream:stream\s/);
    assert.match(features, /<stream:features>.*<starttls/, 'nothing is hidden, nothing is declared');
    wire.send('</stream:stream>');
    await receive('</stream:stream>');
    await wire.end();
  });
});
