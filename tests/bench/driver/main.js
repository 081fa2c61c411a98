// Runs the relays side by side; started by run.sh.
//
//   node main.js --build DIR [--short|--full] [--json FILE] [--only NAME[,NAME…]]
//
// NAME: relays, memory, servers.
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { measures, memoryMeasures, serverMeasures } from './measures.js';
import { LOAD_CORE, relays, startSink, startWsxmpp } from './relays.js';
import { cpuTables, machine, memoryTable, versions } from './report.js';
import { servers } from './servers.js';

const { values: options } = parseArgs({
  options: {
    build: { type: 'string' },
    short: { type: 'boolean' },
    full: { type: 'boolean' },
    json: { type: 'string' },
    only: { type: 'string', default: 'relays,memory,servers' },
  },
});
const wants = new Set(options.only.split(','));
const rounds = options.short ? 2 : 5;
const seconds = options.short ? 0.5 : 1.3;
const programs = join(options.build, 'tests', 'bench');
const wsxmpp = process.env.WSXMPP ?? join(options.build, 'apps', 'wsxmpp', 'wsxmpp');
const started = Date.now();

let steps = 0;
let done = 0;
let lastShown = 0;
function progress(what) {
  ++done;
  const time = new Date(Date.now() - started).toISOString().slice(14, 19);
  const text = `[${time}, ${done} of ${steps}] ${what}`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (Date.now() - lastShown > 10_000) {
    lastShown = Date.now();
    console.error(text);
  }
}

const run = promisify(execFile);
async function load(target, args, pids) {
  const all = [...(typeof args === 'function' ? args(target) : args), '--port', String(target.port), ...target.load];
  if (pids.length) all.push('--pid', pids.join(','));
  try {
    // Bounded here too, whatever it waits for.
    const { stdout } = await run('taskset', ['-c', LOAD_CORE, join(programs, 'load'), ...all], { timeout: 120_000 });
    return JSON.parse(stdout);
  } catch (error) {
    throw new Error(`load ${all.join(' ')}: ${error.stderr || error.message}`);
  }
}
const measured = (list, relay) => list.filter(({ name }) => !relay.only || relay.only.includes(name));

async function measureRelays(list) {
  const results = [];
  const sink = await startSink(programs);
  const targets = [];
  for (const relay of list) targets.push({ ...relay, ...(await relay.start(sink.port)) });
  for (let round = 1; round <= rounds; ++round) {
    for (const measure of measures(seconds)) {
      for (const target of targets.filter(({ only }) => !only || only.includes(measure.name))) {
        progress(`round ${round} of ${rounds}: ${measure.name}, ${target.name}`);
        const result = await load(target, measure.args, target.pid ? [target.pid] : []);
        results.push({ relay: target.name, measure: measure.name, round, ...result });
      }
    }
  }
  for (const { process } of [...targets, sink]) await process?.kill();
  return results;
}

async function measureMemory(list) {
  const memory = {};
  const sink = await startSink(programs);
  for (const relay of list) {
    memory[relay.name] = {};
    for (const measure of memoryMeasures(options.short)) {
      progress(`memory: ${measure.name}, ${relay.name}`);
      const target = await relay.start(sink.port);
      memory[relay.name][measure.name] = measure.value(await load(target, measure.args, [target.pid]));
      await target.process.kill();
    }
  }
  await sink.process.kill();
  return memory;
}

/** A server's own WebSocket, and wsxmpp before its TCP port; and TCP alone, to see what is the server's own. */
async function measureServer({ name, start }) {
  const results = [];
  const server = await start();
  const proxy = await startWsxmpp(wsxmpp, server.port);
  const targets = [
    { name: 'own', port: server.webPort, load: ['--framing', 'rfc7395', '--path', server.path], pids: [server.pid] },
    { name: 'wsxmpp', port: proxy.port, load: proxy.load, pids: [server.pid, proxy.pid] },
    { name: 'tcp', port: server.port, load: ['--framing', 'tcp'], pids: [server.pid] },
  ];
  for (let round = 1; round <= Math.min(rounds, 3); ++round) {
    for (const measure of serverMeasures(seconds)) {
      for (const target of targets) {
        progress(`${name}: round ${round}, ${measure.name}, ${target.name}`);
        const result = await load(target, measure.args, target.pids);
        results.push({ relay: target.name, measure: measure.name, round, ...result });
      }
    }
  }
  await proxy.process.kill();
  await server.process.kill();
  return results;
}

const all = relays(wsxmpp);
const resident = all.filter(({ name, only }) => name !== 'direct' && !only);
steps =
  (wants.has('relays') ? rounds * all.reduce((sum, relay) => sum + measured(measures(1), relay).length, 0) : 0) +
  (wants.has('memory') ? resident.length * memoryMeasures().length : 0) +
  (wants.has('servers') ? servers.length * Math.min(rounds, 3) * 6 : 0);

const report = { date: new Date().toISOString(), machine: machine(), versions: versions(wsxmpp), seconds };
const text = [];
if (wants.has('relays')) {
  report.relays = await measureRelays(all);
  text.push(cpuTables('relays', all.map(({ name }) => name), measures(seconds), report.relays, 'haproxy'));
}
if (wants.has('memory')) {
  report.memory = await measureMemory(resident);
  text.push(memoryTable(resident.map(({ name }) => name), memoryMeasures(), report.memory));
}
if (wants.has('servers')) {
  report.servers = {};
  for (const server of servers) {
    report.servers[server.name] = await measureServer(server);
    text.push(cpuTables(server.name, ['own', 'wsxmpp', 'tcp'], serverMeasures(1), report.servers[server.name], 'own'));
  }
}
if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
console.log(text.join('\n\n'));
if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
process.exit(0);
