// What wsxmpp counts, as Prometheus would scrape it.
import { until } from './deadline.js';

/** With this option there is something to scrape. */
export const WITH_METRICS = ['--admin', '127.0.0.1:0'];

/** The value of a sample: `wsxmpp_handshakes`, `wsxmpp_sessions{state="waiting"}`. */
export async function metric(proxy, sample) {
  const [, admin] = await proxy.process.line(/^admin on (\S+)$/, 'address of the admin listener', 'stdout');
  const text = await (await fetch(`${admin}metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${sample} `));
  if (!line) throw new Error(`no ${sample} among the metrics:\n${text}`);
  return Number(line.slice(sample.length + 1));
}

/** Wait until it has this value. */
export const counts = (proxy, sample, value) =>
  until(async () => (await metric(proxy, sample)) === value, `${sample} of ${value}`);

export const limitHit = (limit) => `wsxmpp_limits_hit_total{limit="${limit}"}`;
