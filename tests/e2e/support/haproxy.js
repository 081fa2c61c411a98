// Debian's HAProxy with a configuration of the test's own, in one process, which ends with the test.
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { until } from './deadline.js';
import { onFreePort } from './ports.js';
import { Process } from './process.js';
import { stateDirectory } from './state.js';

const common = (admin) => `
global
  noreuseport
  maxconn 200
  log stdout format raw local0 notice
  stats socket ${admin} level admin
defaults
  log global
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 1h
  timeout check 5s
`;

/** What HAProxy answers to a command of its Runtime API. */
async function ask(path, command) {
  const socket = connect(path).setEncoding('utf8');
  socket.end(`${command}\n`);
  let answer = '';
  for await (const text of socket) answer += text;
  return answer;
}

/** `define(port)`: the sections of one that listens on this port. */
export async function startHaproxy(define) {
  const directory = stateDirectory('haproxy');
  const [file, admin] = ['haproxy.cfg', 'admin.sock'].map((name) => join(directory, name));
  return onFreePort(async (port) => {
    writeFileSync(file, common(admin) + define(port));
    const server = new Process('haproxy', ['-db', '-f', file]);
    let ended = false;
    server.exited.then(() => (ended = true));
    // It says nothing when it is ready; but it answers only when all its ports are bound.
    await until(() => ended || ask(admin, 'show info').catch(() => false), 'ready HAProxy');
    if (ended) {
      await server.finished;
      const portTaken = server.matches(/cannot bind socket/, 'stderr').length > 0;
      throw Object.assign(new Error(`HAProxy does not start:\n${server.tail()}`), { portTaken });
    }
    return { port, process: server, ask: (command) => ask(admin, command) };
  });
}

/** One file of both, as HAProxy wants it. */
export function pemOf({ certificate, key }) {
  const file = join(stateDirectory('haproxy'), 'site.pem');
  writeFileSync(file, readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8'));
  return file;
}
