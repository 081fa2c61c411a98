// Certificates are renewed while people chat: new connections get the new one, and nobody else notices.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Authority } from './support/certificates.js';
import { until, within } from './support/deadline.js';
import { handshake } from './support/handshake.js';
import { LiveFiles } from './support/live_files.js';
import { startProsody } from './support/prosody.js';
import { launchAt, portOf } from './support/proxy.js';
import { PAIRS } from './support/users.js';
import { Wire } from './support/wire.js';

const SITE = 'chat.test';
const CHATS = 15; // of two clients each

/** Two that say something to each other, in turns, until they are told to stop. */
class Chat {
  said = 0;
  #over = false;

  static async start(url, { alice, bob }) {
    const chat = new Chat();
    chat.two = await Promise.all([alice, bob].map((one) => Wire.login(url, one, { rejectUnauthorized: false })));
    chat.talk = chat.#talk();
    chat.talk.catch(() => {}); // whoever ends the chat will hear of it
    return chat;
  }

  async #talk() {
    const [alice, bob] = this.two;
    while (!this.#over) {
      for (const [from, to] of [[alice, bob], [bob, alice]]) {
        const text = `message ${++this.said}`;
        from.message(to.jid, text);
        assert.equal(await to.body(), text);
      }
    }
  }

  /** How each of the two WebSockets ended. */
  async end() {
    this.#over = true;
    await this.talk;
    return Promise.all(this.two.map((one) => one.close()));
  }
}

describe(`a certificate, renewed while ${2 * CHATS} clients chat`, () => {
  let ca, files, prosody, proxy, chats;
  before(async () => {
    ca = new Authority('root');
    files = new LiveFiles(ca.issue(SITE));
    prosody = await startProsody();
    const tls = ['--tls-cert', files.certificate, '--tls-key', files.key, '--tls-reload-interval', '1'];
    proxy = await launchAt(['wss://127.0.0.1:0'], '--upstream', `127.0.0.1:${prosody.port}`, ...tls);
    chats = await Promise.all(PAIRS.slice(0, CHATS).map((pair) => Chat.start(proxy.url, pair)));
  });
  after(() => Promise.all([proxy, prosody].map((one) => one?.process.kill())));

  const shown = async () => (await handshake(portOf(proxy.url), { servername: SITE })).serial;
  const isShown = ({ serial }) => until(async () => (await shown()) === serial, `certificate ${serial}`, 20_000);
  const allTalk = () => {
    const before = chats.map(({ said }) => said);
    return until(() => chats.every(({ said }, i) => said > before[i] + 2), 'words of all that chat');
  };

  for (const way of ['relink', 'rename', 'overwrite']) {
    for (const signal of ['SIGHUP', 'no signal']) {
      it(`is shown to new connections: ${way}, ${signal}`, async () => {
        const renewed = ca.issue(SITE);
        files[way](renewed);
        if (signal === 'SIGHUP') proxy.process.signal(signal);
        await isShown(renewed);
        await allTalk();
      });
    }
  }

  it('stays when the new file is broken, and the log says which and why', async () => {
    const serial = await shown();
    files.spoil();
    proxy.process.signal('SIGHUP');
    await proxy.process.line(/ warning .*the old one stays .*fullchain\.pem: .*broken/, 'word of it', 'stderr');
    assert.equal(await shown(), serial);
    await allTalk();
  });

  it('stays when the new key is of another certificate, and the log says so', async () => {
    const serial = await shown();
    files.overwrite({ certificate: ca.issue(SITE).certificate, key: ca.issue(SITE).key });
    proxy.process.signal('SIGHUP');
    await proxy.process.line(/ warning .*privkey\.pem: it is not the key of the certificate/, 'word of it', 'stderr');
    assert.equal(await shown(), serial);
    const mended = ca.issue(SITE);
    files.relink(mended);
    await isShown(mended);
  });

  // Last: it ends them.
  it('has cost no connection and no message', async (t) => {
    const ends = await Promise.all(chats.map((chat) => chat.end()));
    assert.deepEqual(new Set(ends.flat().map(({ code }) => code)), new Set([1000]));
    proxy.process.signal('SIGTERM');
    // A sanitizer that has seen something makes it another status.
    assert.deepEqual(await within(proxy.process.exited, 'exit'), { code: 0, signal: null }, proxy.process.tail());
    t.diagnostic(`${chats.reduce((sum, { said }) => sum + said, 0)} messages`);
  });
});
