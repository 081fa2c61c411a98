// The first command of the README, without its installing and building.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openBrowser, openTab, screenshot } from './support/browser.js';
import { contact, logIn, message, say } from './support/chat_page.js';
import { until, within } from './support/deadline.js';
import { Process } from './support/process.js';
import { stateDirectory } from './support/state.js';

const SCRIPT = fileURLToPath(new URL('../../examples/quickstart.sh', import.meta.url));

/** Start the script; everything it starts has TMPDIR in its environment. */
async function startScript(t) {
  const directory = stateDirectory('quickstart');
  const env = { ...process.env, TMPDIR: directory };
  const script = new Process('bash', [SCRIPT], { env, detached: true });
  t.after(() => script.kill());
  const link = async (name) => (await script.line(new RegExp(`^\\s*${name}\\s+(http\\S+)$`), `link: ${name}`))[1];
  return { script, directory, alice: await link('chat as alice'), bob: await link('chat as bob') };
}

/** What runs with this directory as its TMPDIR. */
function running(directory) {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`TMPDIR=${directory}\0`);
    } catch {
      return false; // it ended while we looked, or is someone else's
    }
  });
}

/** Everything is gone, and the script says that all went well. */
async function assertNothingIsLeft({ script, directory }) {
  assert.deepEqual(await within(script.exited, 'end of the script'), { code: 0, signal: null }, script.tail());
  assert.deepEqual(readdirSync(directory), []);
  assert.deepEqual(running(directory), []);
}

describe('the quick start', () => {
  it('prints links with which alice and bob chat, and Ctrl-C leaves nothing running', async (t) => {
    const quickstart = await startScript(t);
    assert.notEqual(running(quickstart.directory).length, 0);
    const browser = await openBrowser();
    t.after(() => browser.close());
    const [alice, bob] = await Promise.all([openTab(browser), openTab(browser)]);
    await Promise.all([alice.goto(quickstart.alice), bob.goto(quickstart.bob)]);
    await Promise.all([logIn(alice, 'wonderland'), logIn(bob, 'builder')]);

    await contact(alice, 'bob@localhost', 'available').click();
    await say(alice, 'Hello, Bob!');
    await contact(bob, 'alice@localhost', 'available').click();
    await message(bob, 'Hello, Bob!').waitFor();
    await say(bob, 'Hello, Alice!');
    await message(alice, 'Hello, Alice!').waitFor();
    await screenshot(alice, 'quickstart');

    quickstart.script.signal('SIGINT');
    await alice.getByRole('alert').waitFor(); // the page is told, too
    await assertNothingIsLeft(quickstart);
  });

  it('uses another port when 6222 is taken, and ends on SIGTERM', async (t) => {
    const first = await startScript(t); // has 6222, unless someone else has
    const second = await startScript(t);
    const port = (link) => new URL(new URL(link).searchParams.get('ws')).port;
    assert.notEqual(port(second.alice), '6222');
    await second.script.line(/6222.*taken/, 'word about the port');
    for (const quickstart of [first, second]) {
      quickstart.script.signal('SIGTERM');
      await assertNothingIsLeft(quickstart);
    }
  });

  it('takes everything along when it is killed', async (t) => {
    const { script, directory } = await startScript(t);
    script.signal('SIGKILL');
    await until(() => running(directory).length === 0, 'end of all it started');
  });
});
