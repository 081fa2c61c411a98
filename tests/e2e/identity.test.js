// Who the server sees, and by which way it is reached.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Authority } from './support/certificates.js';
import { until } from './support/deadline.js';
import { startEjabberd } from './support/ejabberd.js';
import { failure, refused } from './support/failure.js';
import { startSocks5, startUnixForwarder } from './support/forwarder.js';
import { startProsody } from './support/prosody.js';
import { launchProxy } from './support/proxy.js';
import { SCRIPTS, startScripted } from './support/scripted.js';
import { PAIRS, user } from './support/users.js';
import { RFC7395, Wire } from './support/wire.js';

const CLIENT = '127.0.0.2'; // all of 127.0.0.0/8 is this machine; a page rarely comes from there
const fromClient = { framing: RFC7395, localAddress: CLIENT };

async function start(t, ...options) {
  const proxy = await launchProxy(...options);
  t.after(() => proxy.process.kill());
  return proxy;
}

describe('the PROXY protocol', () => {
  /** The first bytes that a server gets. */
  async function firstBytes(t, security, version) {
    const server = await startScripted(SCRIPTS.offersNoStarttls);
    t.after(() => server.stop());
    const proxy = await start(t, '--upstream', `${security}://127.0.0.1:${server.port}`, '--proxy-protocol', version);
    const page = await Wire.connect(proxy.url, fromClient);
    page.send(page.framing.open);
    const whole = /PROXY.*\r\n.|QUIT\n.{16}./s;
    const bytes = await until(() => server.heard.find((text) => whole.test(text)), 'header and stream');
    const ports = [page.port, Number(new URL(proxy.url).port)];
    page.lose();
    return { bytes: Buffer.from(bytes, 'latin1'), ports };
  }

  it('v1 is a line before the stream', async (t) => {
    const { bytes, ports } = await firstBytes(t, 'none', 'v1');
    const [line, ...rest] = bytes.toString().split('\r\n');
    assert.equal(line, `PROXY TCP4 ${CLIENT} 127.0.0.1 ${ports.join(' ')}`);
    assert.match(rest.join('\r\n'), /^(<\?xml[^>]*>\s*)?<stream:stream /);
  });

  for (const [security, next] of [['none', '<'], ['tls', '\x16']]) {
    it(`v2 is a header before the stream, ${security}`, async (t) => {
      const { bytes, ports } = await firstBytes(t, security, 'v2');
      assert.deepEqual(bytes.subarray(0, 12), Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'));
      assert.deepEqual([...bytes.subarray(12, 14)], [0x21, 0x11], 'version 2, PROXY; TCP on IPv4');
      const length = bytes.readUInt16BE(14);
      assert.deepEqual([...bytes.subarray(16, 24)], [127, 0, 0, 2, 127, 0, 0, 1]);
      assert.deepEqual([bytes.readUInt16BE(24), bytes.readUInt16BE(26)], ports);
      assert.equal(bytes.toString('latin1', 16 + length, 17 + length), next);
    });
  }

  describe('with ejabberd', () => {
    let ejabberd;
    before(async () => (ejabberd = await startEjabberd()));
    after(() => ejabberd?.process.kill());

    for (const version of ['v1', 'v2']) {
      it(`${version} tells it the address of the client`, async (t) => {
        const proxy = await start(t, '--upstream', `127.0.0.1:${ejabberd.proxiedPort}`, '--proxy-protocol', version);
        const page = await Wire.login(proxy.url, PAIRS.at(version === 'v1' ? 0 : 1).alice, fromClient);
        const port = page.port;
        await ejabberd.process.line(new RegExp(`${CLIENT.replaceAll('.', '\\.')}:${port}`), 'address of the client');
        await page.close();
      });
    }
  });
});

describe('the way to the server', () => {
  let ca, prosody;
  const alice = user(PAIRS[0].alice.name, 'example.test');
  before(async () => {
    ca = new Authority('root');
    prosody = await startProsody({ hosts: { 'example.test': ca.issue('example.test') } });
  });
  after(() => prosody?.process.kill());

  it('is a SOCKS5 proxy that resolves the name, with TLS through it', async (t) => {
    const socks = await startSocks5(prosody.port);
    t.after(() => socks.stop());
    const proxy = await start(t, '--domain', 'example.test', '--ca-file', ca.file, '--socks5', socks.address);
    const page = await Wire.login(proxy.url, alice);
    assert.equal((await page.close()).code, 1000);
    assert.deepEqual(socks.asked, [{ type: 'name', host: 'example.test', port: 5222 }]);
  });

  it('is told to the SOCKS5 proxy as the operator wrote it', async (t) => {
    const socks = await startSocks5(prosody.directPort);
    t.after(() => socks.stop());
    const domain = `example.test=tls://hidden.onion:5223;socks5=${socks.address}`;
    const proxy = await start(t, '--domain', domain, '--ca-file', ca.file);
    const page = await Wire.login(proxy.url, alice);
    await page.close();
    assert.deepEqual(socks.asked, [{ type: 'name', host: 'hidden.onion', port: 5223 }]);
  });

  it('ends at a SOCKS5 proxy that refuses, and the page hears so', async (t) => {
    const socks = await startSocks5(prosody.port, { refuse: 5 });
    t.after(() => socks.stop());
    const proxy = await start(t, '--domain', 'example.test', '--ca-file', ca.file, '--socks5', socks.address);
    const { text } = await refused(proxy.url, 'example.test');
    assert.match(text, /SOCKS5/);
  });

  it('is a Unix-domain socket', async (t) => {
    const unix = await startUnixForwarder(prosody.port);
    t.after(() => unix.stop());
    const proxy = await start(t, '--upstream', `unix:${unix.path}`);
    const page = await Wire.login(proxy.url, alice);
    assert.equal((await page.close()).code, 1000);
  });

  it('is a Unix-domain socket that is not there, whose path the page does not hear', async (t) => {
    const proxy = await start(t, '--upstream', 'unix:/nowhere/xmpp.sock');
    const page = await Wire.connect(proxy.url);
    page.send(page.framing.open);
    const { text } = await failure(page, 'remote-connection-failed');
    assert.doesNotMatch(text, /nowhere/);
  });
});
