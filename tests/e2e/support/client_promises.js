// What every client library must be able to do through wsxmpp.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { throughEachServer } from './world.js';

const COUNT = 1000;
// Some of what has been mangled by proxies before.
const numbered = (name) => Array.from({ length: COUNT }, (_, i) => `${name} ${i} <&> "'/>" ä€😀`);

export function promisesToClients(library, Client) {
  throughEachServer(library, (world) => {
    const both = () => {
      const { alice, bob } = world.pair();
      return Promise.all([Client.login(world.url, alice), Client.login(world.url, bob)]);
    };
    const close = (...clients) => Promise.all(clients.map((client) => client.close()));

    it('logs in, binds and gets the roster', async () => {
      const { alice, bob } = world.pair();
      const client = await Client.login(world.url, alice);
      assert.match(client.jid, new RegExp(`^${alice.jid}/.`));
      assert.deepEqual(await client.roster(), [bob.jid]);
      await close(client);
    });

    it(`exchanges ${COUNT} messages each way, in order`, async () => {
      const [alice, bob] = await both();
      const [fromAlice, fromBob] = [numbered('alice'), numbered('bob')];
      for (let i = 0; i < COUNT; i++) {
        alice.message(bob.jid, fromAlice[i]);
        bob.message(alice.jid, fromBob[i]);
      }
      const bodies = async (client) => (await client.messages.take(COUNT, 'message')).map(({ body }) => body);
      assert.deepEqual(await bodies(bob), fromAlice);
      assert.deepEqual(await bodies(alice), fromBob);
      await close(alice, bob);
    });

    it('loses its socket and resumes the session, of which its friend notices nothing', async () => {
      const [alice, bob] = await both();
      await meet(alice, bob);
      const { jid } = alice;
      await alice.lose();
      bob.message(jid, 'while you were away');
      await alice.resume();
      assert.equal(alice.jid, jid);
      assert.deepEqual(await alice.messages.next(), { from: bob.jid, body: 'while you were away' });
      alice.message(bob.jid, 'I am back');
      assert.deepEqual(await bob.messages.next(), { from: jid, body: 'I am back' });
      assert.ok(!bob.presences.seen.some(isGone(alice)), 'the session never ended');
      await close(alice, bob);
    });

    it('closes cleanly, and its friend sees it go at once', async () => {
      const [alice, bob] = await both();
      await meet(alice, bob);
      await close(alice);
      await bob.presences.find(isGone(alice), 'end of her presence');
      await close(bob);
    });
  });
}

const isHere = (who) => ({ from, type }) => from === who.jid && type === 'available';
const isGone = (who) => ({ from, type }) => from === who.jid && type === 'unavailable';

/** Both send presence; returns when `friend` has seen that of `who`. */
async function meet(who, friend) {
  friend.presence();
  who.presence();
  await friend.presences.find(isHere(who), 'presence');
}
