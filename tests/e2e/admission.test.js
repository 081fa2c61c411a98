// How many may connect: who is one too many is told so with the HTTP status for it, and counted; by address, as a
// proxy tells it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from './support/deadline.js';
import { startEcho } from './support/echo.js';
import { counts, limitHit, WITH_METRICS } from './support/metrics.js';
import { opening } from './support/opening.js';
import { launchAt } from './support/proxy.js';
import { start } from './support/site.js';

describe('the limit of', () => {
  const startProxy = async (t, ...options) => {
    const echo = await startEcho();
    const trusted = ['--trusted-proxy', '127.0.0.1'];
    const upstream = ['--upstream', `127.0.0.1:${echo.port}`];
    return start(t, launchAt(['ws://127.0.0.1:0'], ...upstream, ...trusted, ...WITH_METRICS, ...options));
  };
  /** As a client of this address, by the word of a proxy. */
  const from = (proxy, address) => opening(proxy.url, { headers: { 'X-Forwarded-For': address } });

  it('sessions in all: 503 with Retry-After, until one has gone; and the log has it', async (t) => {
    const proxy = await startProxy(t, '--max-sessions', '2');
    const first = await from(proxy, '203.0.113.1');
    assert.equal((await from(proxy, '203.0.113.2')).status, 101);
    const refused = await from(proxy, '203.0.113.3');
    assert.equal(refused.status, 503);
    assert.match(refused.headers['retry-after'], /^\d+$/);
    await proxy.process.line(/ warning .*203\.0\.113\.3/, 'word of the limit', 'stderr');
    await counts(proxy, limitHit('max-sessions'), 1);
    await first.close();
    await until(async () => (await from(proxy, '203.0.113.3')).status === 101, 'room for another');
  });

  for (const [what, one, near, far] of [
    ['an IPv4 address', '203.0.113.1', '203.0.113.1', '203.0.113.2'],
    ['the /64 of an IPv6 address', '2001:db8:1:2::1', '2001:db8:1:2:ffff::', '2001:db8:1:3::1'],
  ]) {
    it(`sessions of ${what}: 429, and others get in`, async (t) => {
      const proxy = await startProxy(t, '--max-sessions-per-address', '1');
      const first = await from(proxy, one);
      assert.equal(first.status, 101);
      assert.equal((await from(proxy, near)).status, 429);
      assert.equal((await from(proxy, far)).status, 101);
      await counts(proxy, limitHit('max-sessions-per-address'), 1);
      await first.close();
      await until(async () => (await from(proxy, near)).status === 101, 'room for another');
    });
  }

  it('connections a second of an address: 429, and others get in', async (t) => {
    const proxy = await startProxy(t, '--connection-rate', '1', '--connection-burst', '5');
    const statuses = [];
    for (let i = 0; i < 20; ++i) statuses.push((await from(proxy, '203.0.113.1')).status);
    assert.deepEqual([...new Set(statuses)], [101, 429], String(statuses));
    await counts(proxy, limitHit('connection-rate'), statuses.filter((status) => status === 429).length);
    assert.equal((await from(proxy, '203.0.113.2')).status, 101);
  });
});
