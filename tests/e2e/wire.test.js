// What a page sees on the wire, without a library in between (RFC 7395).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { it } from 'node:test';
import { within } from './support/deadline.js';
import { Wire } from './support/wire.js';
import { throughEachServer } from './support/world.js';
import { all, first, NS, parse } from './support/xml.js';

throughEachServer('on the wire', (world) => {
  it("answers exactly 'xmpp' when the page offers a list", async () => {
    const wire = await Wire.connect(world.url, { protocols: ['chat', 'xmpp', 'superchat'] });
    assert.equal(wire.socket.protocol, 'xmpp');
    wire.lose();
  });

  it('gives <open/> what the server said: from, id, version, xml:lang', async () => {
    const wire = await Wire.connect(world.url);
    const { header } = await wire.open();
    const open = parse(header);
    assert.equal(open.localName, 'open');
    assert.equal(open.namespaceURI, NS.framing);
    assert.equal(open.getAttribute('from'), 'localhost');
    assert.equal(open.getAttribute('version'), '1.0');
    assert.equal(open.getAttribute('xml:lang'), 'en');
    assert.match(open.getAttribute('id'), /./);
    wire.lose();
  });

  it('starts <open and <close with exactly that, as Strophe expects', async () => {
    const wire = await Wire.connect(world.url);
    assert.ok((await wire.open()).header.startsWith('<open '));
    wire.send(wire.framing.close);
    assert.ok((await wire.next()).startsWith('<close '));
    await wire.end();
  });

  it('hides from the page the <starttls/> that the server offers', async () => {
    const offered = await featuresOverTcp(world.server.port);
    assert.match(offered, /<starttls/);

    const wire = await Wire.connect(world.url);
    const { features } = await wire.open();
    assert.equal(features.namespaceURI, NS.stream);
    assert.equal(features.localName, 'features');
    assert.equal(all(features, '*', 'starttls').length, 0);
    assert.equal(all(features, '*', 'compression').length, 0);
    const mechanisms = all(features, NS.sasl, 'mechanism').map((element) => element.textContent);
    assert.deepEqual(mechanisms, offered.match(/(?<=<mechanism>)[^<]+/g), 'the rest is as the server said');
    wire.lose();
  });

  it('sends only messages that stand alone', async () => {
    const { alice, bob } = world.pair();
    // Wire parses each message by itself and fails where one does not parse.
    const [here, there] = await Promise.all([Wire.login(world.url, alice), Wire.login(world.url, bob)]);
    here.send(`<iq xmlns="${NS.client}" type="get" id="r"><query xmlns="${NS.roster}"/></iq>`);
    const roster = await here.find('iq');
    assert.equal(roster.namespaceURI, NS.client);
    assert.deepEqual(all(roster, NS.roster, 'item').map((item) => item.getAttribute('jid')), [bob.jid]);

    here.presence();
    there.presence();
    assert.equal((await here.find('presence')).namespaceURI, NS.client);

    const body = `<stream:features/> "'&' ]]> /> ä € 😀`;
    here.message(there.jid, body);
    assert.equal(await there.body(), body);
    await Promise.all([here.close(), there.close()]);
  });

  it('answers the <close/> of the page, then closes with 1000', async () => {
    const { alice } = world.pair();
    const wire = await Wire.login(world.url, alice);
    assert.equal((await wire.close()).code, 1000);
  });

  it('tells the page when another client takes over, then closes', async () => {
    const { alice } = world.pair();
    const bind = `<iq xmlns="${NS.client}" type="set" id="b"><bind xmlns="${NS.bind}"><resource>one</resource></bind></iq>`;
    const page = await Wire.connect(world.url);
    await page.authenticate(alice);
    page.send(bind);
    await page.find('iq');
    const other = await Wire.connect(world.url);
    await other.authenticate(alice);
    other.send(bind);
    await other.find('iq');

    const error = await page.find('error');
    assert.ok(first(error, NS.streamErrors, 'conflict'), String(error));
    assert.equal((await page.find('close')).namespaceURI, NS.framing);
    page.socket.close();
    await page.end();
    await other.close();
  });

  it('leaves a session that can be resumed when the socket is lost', async () => {
    const { alice, bob } = world.pair();
    const lost = await Wire.login(world.url, alice);
    const id = await lost.enableResumption();
    const friend = await Wire.login(world.url, bob);
    lost.lose();
    friend.message(lost.jid, 'while you were away');

    const found = await Wire.connect(world.url);
    await found.authenticate(alice);
    found.send(`<resume xmlns="${NS.sm}" previd="${id}" h="0"/>`);
    const answer = await found.element();
    assert.equal(answer.localName, 'resumed', String(answer));
    assert.equal(await found.body(), 'while you were away');
    await Promise.all([found.close(), friend.close()]);
  });
});

/** What the server offers a TCP client, for comparison. */
async function featuresOverTcp(port) {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  socket.write(`<stream:stream to="localhost" xmlns="${NS.client}" xmlns:stream="${NS.stream}" version="1.0">`);
  let received = '';
  while (!received.includes('</stream:features>')) {
    const [data] = await within(once(socket, 'data'), 'features over TCP');
    received += data;
  }
  socket.destroy();
  return received;
}
