// A directory for the state of one server, gone when the test ends.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const paths = [];
process.on('exit', () => {
  for (const path of paths) rmSync(path, { recursive: true, force: true });
});

export function stateDirectory(name) {
  const path = mkdtempSync(join(tmpdir(), `wsxmpp-${name}-`));
  paths.push(path);
  return path;
}
