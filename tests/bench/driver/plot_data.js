// What gnuplot draws: node plot_data.js JSON OUTDIR writes a table for each plot, columns by name in its first line.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ratio } from './report.js';

const [json, directory] = process.argv.slice(2);
const report = JSON.parse(readFileSync(json, 'utf8'));
const names = (list, key) => [...new Set(list.map((entry) => entry[key]))];
const LABELS = { one: '1 in flight', sixteen: '16 in flight', large: '60 kB', churn: 'sessions', stall: 'never reads' };
const label = (name) => `"${LABELS[name] ?? name}"`;

function write(name, columns, rows) {
  const cell = (value) => (value > 0 ? value.toFixed(3) : '-');
  const lines = rows.map(([title, ...values]) => [title, ...values.map(cell)].join(' '));
  writeFileSync(join(directory, `${name}.dat`), `${['""', ...columns].join(' ')}\n${lines.join('\n')}\n`);
}

if (report.relays) {
  const relays = names(report.relays, 'relay').filter((name) => name !== 'direct' && !name.includes('threads'));
  const rows = names(report.relays, 'measure').map((measure) => [
    label(measure),
    ...relays.map((relay) => ratio(report.relays, measure, relay, 'haproxy')),
  ]);
  write('cpu', relays, rows);
}
if (report.memory) {
  const relays = Object.keys(report.memory);
  write('memory', relays, ['idle', 'stall'].map((m) => [label(m), ...relays.map((relay) => report.memory[relay][m])]));
}
if (report.servers) {
  const columns = ['own', 'wsxmpp'];
  const rows = Object.entries(report.servers).flatMap(([server, rounds]) =>
    names(rounds, 'measure').map((measure) => [
      `"${server}, ${LABELS[measure] ?? measure}"`,
      ...columns.map((relay) => ratio(rounds, measure, relay, 'own')),
    ]),
  );
  write('servers', columns, rows);
}
