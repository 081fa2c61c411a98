// A directory for the state of one server, gone when the test ends.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function stateDirectory(name) {
  const path = mkdtempSync(join(tmpdir(), `wsxmpp-${name}-`));
  process.on('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A self-signed certificate for localhost, with which a server offers <starttls/>. */
export function certificate(directory) {
  const files = { key: join(directory, 'key.pem'), certificate: join(directory, 'cert.pem') };
  const args = ['req', '-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  args.push('-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '60');
  args.push('-keyout', files.key, '-out', files.certificate);
  execFileSync('openssl', args, { stdio: 'pipe' });
  return files;
}
