// A site on the internet of the tests: its name, its certificate and the CA that everyone there trusts, and a Prosody
// with the users of its domain.
import { readFileSync } from 'node:fs';
import { Authority } from './certificates.js';
import { setNetwork } from './network.js';
import { startProsody } from './prosody.js';
import { launchAt } from './proxy.js';
import { PAIRS, user } from './users.js';
import { Wire } from './wire.js';

export const SITE = 'chat.test';
// All of 127.0.0.0/8 is this machine: proxies and wsxmpp are on 127.0.0.1, clients come from elsewhere.
export const CLIENT = '127.0.0.9';

/** What the test has started ends with it. */
export async function start(t, starting) {
  const started = await starting;
  t.after(() => started.process.kill());
  return started;
}

export class Site {
  #pairs = [...PAIRS];

  static async start() {
    const site = new Site();
    site.authority = new Authority('root');
    site.ca = readFileSync(site.authority.file, 'utf8');
    site.certificate = site.authority.issue(SITE);
    site.prosody = await startProsody({ hosts: { [SITE]: site.certificate } });
    setNetwork({ ca: site.ca });
    return site;
  }

  stop() {
    return this.prosody.process.kill();
  }

  /** Two of its users that know each other and that no other test has used. */
  pair() {
    return Object.values(this.#pairs.shift()).map(({ name }) => user(name, SITE));
  }

  /** wsxmpp before its Prosody; with the certificate where it ends TLS itself. */
  wsxmpp(t, place, ...options) {
    const { certificate, key } = this.certificate;
    const tls = place.startsWith('wss:') ? ['--tls-cert', certificate, '--tls-key', key] : [];
    return start(t, launchAt([place], '--domain', `${SITE}=127.0.0.1:${this.prosody.port}`, ...tls, ...options));
  }

  /** What a WebSocket of CLIENT takes as its options. */
  get client() {
    return { ca: this.ca, localAddress: CLIENT };
  }

  /** A session of CLIENT from login to end, and who wsxmpp's log says that it was of. */
  async peerOf(proxy, url, headers = {}) {
    const page = await Wire.login(url, this.pair()[0], { ...this.client, headers });
    await page.close();
    const [, peer] = await proxy.process.line(/ session ended .*peer=(\S+)/, 'line of the session', 'stderr');
    return { peer, port: page.port };
  }
}
