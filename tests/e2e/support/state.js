// A directory for the state of one server, gone when the test ends.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function stateDirectory(name) {
  const path = mkdtempSync(join(tmpdir(), `wsxmpp-${name}-`));
  process.on('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}
