// Each way in which a server cannot be had, as the page hears it: what to do about it, and nothing of the inside.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { after, before, describe, it } from 'node:test';
import { startBlackHole } from './support/black_hole.js';
import { host, srv, startDns, XMPP } from './support/dns.js';
import { refused } from './support/failure.js';
import { deadPort } from './support/ports.js';
import { launchProxy } from './support/proxy.js';
import { SCRIPTS, startScripted } from './support/scripted.js';
import { Wire } from './support/wire.js';

const INTERNAL = /127\.0\.0\.\d|inside\.test/;

/** A DNS server that hears and does not answer. */
async function startSilentDns() {
  const socket = createSocket('udp4').unref();
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { option: ['--dns-server', `127.0.0.1:${socket.address().port}`] };
}

describe('a domain whose server cannot be had', () => {
  let dns, dead, hole, scripted;
  before(async () => {
    [dead, hole] = await Promise.all([deadPort(), startBlackHole()]);
    scripted = Object.fromEntries(
      await Promise.all(Object.entries(SCRIPTS).map(async ([name, script]) => [name, await startScripted(script)])),
    );
    dns = await startDns([
      host('inside.test', '127.0.0.1'),
      'txt-record=empty.test,there is a name and no address',
      srv(`${XMPP}.addressless.test`, 'empty.test', 5222),
      srv(`${XMPP}.dead.test`, 'inside.test', dead),
      srv(`${XMPP}.hole.test`, 'inside.test', hole.port),
      ...Object.entries(scripted).map(([name, { port }]) => srv(`${XMPP}.${name}.test`, 'inside.test', port)),
    ]);
  });
  after(() => Promise.all([hole, dns].map((one) => one?.process.kill())));

  /** What a page hears of that domain, and what the log says. */
  async function hear(t, domain, condition, ...options) {
    const where = options.includes('--dns-server') ? [] : dns.option;
    const proxy = await launchProxy(...where, '--domain', domain, '--connect-timeout', '1', ...options);
    t.after(() => proxy.process.kill());
    const { text, reason } = await refused(proxy.url, domain.split('=')[0], condition);
    const [log] = await proxy.process.line(/.*session ended.*/, 'line of the log', 'stderr');
    return { text, reason, log };
  }

  const FAILED = 'remote-connection-failed';
  const LATE = 'remote-server-timeout';
  const CASES = [
    ['whose name does not exist', 'missing.test', FAILED, /no such name/i],
    ['whose name has no address', 'empty.test', FAILED, /no XMPP service|no address/i],
    ['whose record leads to no address', 'addressless.test', FAILED, /no XMPP service|no address/i],
    ['that refuses connections', 'dead.test', FAILED, /refused/i],
    ['that never answers a SYN', 'hole.test', LATE, /no answer within 1 s/],
    ['that says nothing once connected', 'saysNothing.test', LATE, /accepted the connection.*stream header within [\d.]+ s/],
    ['that offers no STARTTLS', 'offersNoStarttls.test', FAILED, /does not offer STARTTLS/],
    ['that refuses STARTTLS', 'refusesStarttls.test', FAILED, /refuse.*STARTTLS|STARTTLS.*refuse/i],
    ['that ends the stream before the login', 'endsTheStream.test', FAILED, /host-gone|we have moved/i],
    ['that speaks in clear after <proceed/>', 'speaksAfterProceed.test', LATE, /did not finish the TLS handshake/],
  ];
  for (const [what, domain, condition, pattern] of CASES) {
    it(what, async (t) => {
      const { text, reason } = await hear(t, domain.toLowerCase(), condition);
      assert.match(text, pattern);
      assert.match(reason, pattern);
      assert.doesNotMatch(text, INTERNAL);
      assert.doesNotMatch(reason, INTERNAL);
    });
  }

  it('whose DNS server says nothing', async (t) => {
    const silent = await startSilentDns();
    const { text } = await hear(t, 'silent.test', 'remote-server-timeout', ...silent.option);
    assert.match(text, /DNS/);
  });

  it('whose DNS server is not there', async (t) => {
    const nobody = ['--dns-server', `127.0.0.1:${await deadPort()}`];
    const { text } = await hear(t, 'silent.test', 'remote-connection-failed', ...nobody);
    assert.match(text, /DNS/i);
  });

  it('tells addresses to the page only with --verbose-errors, and to the log always', async (t) => {
    const quiet = await hear(t, 'dead.test', 'remote-connection-failed');
    assert.doesNotMatch(quiet.text, INTERNAL);
    assert.match(quiet.log, new RegExp(`127\\.0\\.0\\.1.*${dead}`));
    const verbose = await hear(t, 'dead.test', 'remote-connection-failed', '--verbose-errors');
    assert.match(verbose.text, INTERNAL);
  });

  it('all of whose servers are down', async (t) => {
    const target = (port) => `none://127.0.0.1:${port}`;
    const domain = `example.test=${target(dead)},${target(await deadPort())}`;
    const { text } = await hear(t, domain, 'remote-connection-failed');
    assert.match(text, /none of its servers/);
    assert.doesNotMatch(text, INTERNAL);
  });
});

describe('several servers', () => {
  /** Two that open streams in clear, and how many sessions each has had. */
  async function pair(t, ...options) {
    const servers = [await startScripted(SCRIPTS.offersNoStarttls), await startScripted(SCRIPTS.offersNoStarttls)];
    t.after(() => servers.forEach((server) => server.stop()));
    const upstreams = servers.flatMap(({ port }) => ['--upstream', `127.0.0.1:${port}`]);
    // Each thread has its own view of which is next and which is dead.
    const proxy = await launchProxy(...upstreams, '--threads', '1', ...options);
    t.after(() => proxy.process.kill());
    const session = async () => {
      const page = await Wire.connect(proxy.url);
      await page.open();
      return page;
    };
    return { servers, session, counts: () => servers.map(({ heard }) => heard.length) };
  }

  it('are tried in order, and a dead one is not in the way', async (t) => {
    const { servers, session, counts } = await pair(t);
    const page = await session();
    assert.deepEqual(counts(), [1, 0]);
    servers[0].stop();
    await page.end();
    for (let i = 1; i <= 3; i++) {
      (await session()).lose();
      assert.deepEqual(counts(), [1, i]);
    }
  });

  it('take turns with --balance round-robin', async (t) => {
    const { session, counts } = await pair(t, '--balance', 'round-robin');
    for (let i = 0; i < 6; i++) (await session()).lose();
    assert.deepEqual(counts(), [3, 3]);
  });

  it('share those that stay with --balance least-connections', async (t) => {
    const { session, counts } = await pair(t, '--balance', 'least-connections');
    const pages = [];
    for (let i = 0; i < 6; i++) pages.push(await session());
    assert.deepEqual(counts(), [3, 3]);
    pages.forEach((page) => page.lose());
  });
});
