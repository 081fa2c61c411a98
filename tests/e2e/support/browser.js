// Debian's Chromium without a window, and the pictures it takes.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { DEADLINE_MS } from './deadline.js';

const ARTIFACTS = process.env.E2E_ARTIFACTS ?? fileURLToPath(new URL('../artifacts', import.meta.url));

// It must not call anyone: no address but loopback is any business of a test.
const QUIET = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** A browser with a profile of its own, gone when it is closed. */
export async function openBrowser() {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    handleSIGINT: false, // process.js ends the process, and that ends the browser
    handleSIGTERM: false,
    args: ['--no-sandbox', '--disable-gpu', ...QUIET],
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
