// Medians, the tables, and what is known of the machine.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const firstLine = (command, ...args) => {
  try {
    return execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }).toString().trim().split('\n')[0];
  } catch {
    return 'unknown';
  }
};
const debian = (name) => firstLine('dpkg-query', '-W', '-f', '${Version}', name);

export const machine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memory_mib: Math.round(totalmem() / 2 ** 20),
  kernel: release(),
  system: /PRETTY_NAME="(.*)"/.exec(readFileSync('/etc/os-release', 'utf8'))?.[1],
  load_before: readFileSync('/proc/loadavg', 'utf8').split(' ')[0],
});

export const versions = (wsxmpp) => ({
  wsxmpp: firstLine(wsxmpp, '--version'),
  haproxy: firstLine('haproxy', '-v'),
  node: process.version,
  websockify: debian('websockify'),
  prosody: debian('prosody'),
  ejabberd: debian('ejabberd'),
});

/** { relay: { measure: { cpu_us, rate, p50_us, p99_us } } }: medians over the rounds. */
export function medians(rounds) {
  const groups = {};
  for (const round of rounds) ((groups[round.relay] ??= {})[round.measure] ??= []).push(round);
  for (const measures of Object.values(groups))
    for (const [name, list] of Object.entries(measures))
      measures[name] = Object.fromEntries(
        ['cpu_us', 'rate', 'p50_us', 'p99_us'].map((key) => [key, median(list.map((round) => round[key]))]),
      );
  return groups;
}

/**
 * Median of the ratios within each round, in which both were measured a few seconds apart: what slows the machine for
 * a while slows both.
 */
export function ratio(rounds, measure, relay, base) {
  const of = (name, round) => rounds.find((r) => r.measure === measure && r.relay === name && r.round === round);
  const all = [...new Set(rounds.map(({ round }) => round))]
    .map((round) => [of(relay, round)?.cpu_us, of(base, round)?.cpu_us])
    .filter(([a, b]) => a > 0 && b > 0)
    .map(([a, b]) => a / b);
  return all.length ? median(all) : undefined;
}

export function table(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => String(row[i]).length)));
  const line = (row) => row.map((cell, i) => (i ? String(cell).padStart(widths[i]) : String(cell).padEnd(widths[i])));
  return rows.map((row) => line(row).join('  ')).join('\n');
}

const number = (value) =>
  value === undefined ? '-' : Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);

export function cpuTables(title, names, measures, rounds, base) {
  const all = medians(rounds);
  const cells = (text, value) => [
    [text, ...names],
    ...measures.map((m) => [m.title, ...names.map((name) => value(m.name, name))]),
  ];
  return [
    table(cells(`${title}: CPU, ratio to ${base}`, (m, name) => number(ratio(rounds, m, name, base)))),
    table(cells('CPU, µs a message or session', (m, name) => number(all[name]?.[m]?.cpu_us || undefined))),
    table(cells('messages or sessions a second', (m, name) => all[name]?.[m]?.rate ?? '-')),
    table(
      cells('latency, µs, p50 / p99', (m, name) => {
        const found = all[name]?.[m];
        return found?.p99_us ? `${found.p50_us} / ${found.p99_us}` : '-';
      }),
    ),
  ].join('\n\n');
}

export const memoryTable = (names, measures, memory) =>
  table([
    ['memory (PSS)', ...names],
    ...measures.map((m) => [m.title, ...names.map((name) => number(memory[name]?.[m.name]))]),
  ]);
