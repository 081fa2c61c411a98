// What most tests need: a real server and wsxmpp in front of it, twice.
import { after, before, describe } from 'node:test';
import { startEjabberd } from './ejabberd.js';
import { startProsody } from './prosody.js';
import { startProxy } from './proxy.js';
import { PAIRS } from './users.js';

class World {
  #pairs = [...PAIRS];

  /** Two users that know each other and that no other test has used. */
  pair() {
    return this.#pairs.shift();
  }

  async start(startServer) {
    this.server = await startServer();
    this.proxy = await startProxy(this.server.port);
    this.url = this.proxy.url;
  }

  async stop() {
    await this.proxy?.process.kill();
    await this.server?.process.kill();
  }
}

/** Run the tests that `define` declares against each server. */
export function throughEachServer(what, define) {
  for (const [name, startServer] of Object.entries({ Prosody: startProsody, ejabberd: startEjabberd })) {
    describe(`${what}, ${name}`, () => {
      const world = new World();
      before(() => world.start(startServer));
      after(() => world.stop());
      define(world);
    });
  }
}
