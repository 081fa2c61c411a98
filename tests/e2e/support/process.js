// Child processes that do not outlive the test, whatever ends it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { within } from './deadline.js';

const running = new Set();

process.on('exit', () => {
  for (const child of running) child.signal('SIGKILL');
});
// Without a handler these would end us before 'exit' is emitted.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));

export class Process {
  #lines = [];
  #watchers = new Set();

  constructor(command, args, options = {}) {
    this.name = command;
    this.detached = options.detached; // leader of a process group of its own
    // Even when we are killed with SIGKILL, the kernel takes our children along.
    const wrapped = ['--pdeathsig', 'KILL', '--', command, ...args];
    this.child = spawn('setpriv', wrapped, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    running.add(this);
    this.exited = once(this.child, 'exit').then(([code, signal]) => {
      running.delete(this);
      return { code, signal };
    });
    this.finished = once(this.child, 'close'); // all that it printed has been read
    for (const stream of ['stdout', 'stderr']) {
      createInterface({ input: this.child[stream] }).on('line', (text) => this.#onLine(stream, text));
      // A server that still runs must not keep a failed test file from ending.
      this.child[stream].unref();
    }
    this.child.unref();
  }

  #onLine(stream, text) {
    this.#lines.push({ stream, text });
    for (const watcher of this.#watchers) watcher(stream, text);
  }

  /** What it printed last, for an error message. */
  tail(count = 30) {
    return this.#lines.slice(-count).map(({ text }) => `    ${text}`).join('\n');
  }

  /** All it printed on `stream`, so far. */
  text(stream) {
    return this.#lines.filter((line) => line.stream === stream).map(({ text }) => text).join('\n');
  }

  /** The lines on `stream` that match, so far. */
  matches(pattern, stream) {
    const lines = this.#lines.filter((line) => line.stream === stream);
    return lines.map(({ text }) => pattern.exec(text)).filter((match) => match);
  }

  /** The first line on `stream` ('any' for both) that matches, past or future. */
  line(pattern, what, stream = 'any') {
    const wanted = (from, text) => (stream === 'any' || stream === from) && pattern.exec(text);
    for (const { stream: from, text } of this.#lines) {
      const match = wanted(from, text);
      if (match) return Promise.resolve(match);
    }
    let watcher;
    const seen = new Promise((resolve) => {
      watcher = (from, text) => {
        const match = wanted(from, text);
        if (match) resolve(match);
      };
      this.#watchers.add(watcher);
    });
    const died = this.exited.then(({ code, signal }) => {
      throw new Error(`it ended with ${signal ?? `status ${code}`}`);
    });
    return within(Promise.race([seen, died]), what, 30_000)
      .catch((error) => {
        throw new Error(`${this.name}: ${error.message}; its last words:\n${this.tail()}`);
      })
      .finally(() => this.#watchers.delete(watcher));
  }

  /** To the process; or to its whole group, as Ctrl-C would, when it has one. */
  signal(name) {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    process.kill(this.detached ? -this.child.pid : this.child.pid, name);
  }

  /** End it at once; no test is about how a server shuts down. */
  async kill() {
    this.signal('SIGKILL');
    await within(this.exited, `end of ${this.name}`);
  }
}
