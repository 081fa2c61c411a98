// Debian's Chromium without a window, and the pictures it takes.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { DEADLINE_MS } from './deadline.js';
import { stateDirectory } from './state.js';

const ARTIFACTS = process.env.E2E_ARTIFACTS ?? fileURLToPath(new URL('../artifacts', import.meta.url));

// It must not call anyone: no address but loopback is any business of a test, whatever a page asks for.
const QUIET = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** A home whose user has told the browser to trust this CA, as its settings do it: in the database of NSS. */
function homeThatTrusts(caFile) {
  const home = stateDirectory('home');
  const database = join(home, '.pki', 'nssdb');
  mkdirSync(database, { recursive: true });
  const certutil = (...args) => execFileSync('certutil', ['-d', `sql:${database}`, ...args], { stdio: 'pipe' });
  certutil('-N', '--empty-password');
  certutil('-A', '-n', 'Test authority', '-t', 'C,,', '-i', caFile);
  return home;
}

/**
 * A browser with a profile of its own, gone when it is closed. With `caFile` it trusts that CA; `hosts` leads names with
 * ports to ports of this machine: { 'chat.test:443': 40001 }.
 */
export async function openBrowser({ caFile, hosts = {} } = {}) {
  const known = Object.entries(hosts).map(([host, port]) => `MAP ${host} 127.0.0.1:${port}`);
  const rules = [...known, 'MAP * ~NOTFOUND', 'EXCLUDE 127.0.0.1', 'EXCLUDE localhost'].join();
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    handleSIGINT: false, // process.js ends the process, and that ends the browser
    handleSIGTERM: false,
    env: { ...process.env, ...(caFile && { HOME: homeThatTrusts(caFile) }) },
    args: ['--no-sandbox', '--disable-gpu', ...QUIET, `--host-resolver-rules=${rules}`],
  });
}

/** An empty tab; what the page throws fails the test that waits for it. */
export async function openTab(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 600 }, ...options });
  context.setDefaultTimeout(DEADLINE_MS);
  const page = await context.newPage();
  page.errors = [];
  page.on('pageerror', (error) => page.errors.push(error));
  return page;
}

export async function screenshot(page, name) {
  mkdirSync(ARTIFACTS, { recursive: true });
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`) });
}
