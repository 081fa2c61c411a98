// A certificate and its key where a server reads them, and the ways in which they are replaced.
import { renameSync, rmSync, symlinkSync, writeFileSync, copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { stateDirectory } from './state.js';

/** As certbot lays them: live/ has links to numbered files in archive/. */
export class LiveFiles {
  #directory = stateDirectory('live');
  #count = 0;

  constructor(first) {
    for (const name of ['live', 'archive']) mkdirSync(join(this.#directory, name));
    this.certificate = join(this.#directory, 'live', 'fullchain.pem');
    this.key = join(this.#directory, 'live', 'privkey.pem');
    this.relink(first);
  }

  /** New files in archive/, and then each link is replaced, the key first: for a moment the two do not match. */
  relink({ certificate, key }) {
    ++this.#count;
    for (const [link, source] of [[this.key, key], [this.certificate, certificate]]) {
      const file = join(this.#directory, 'archive', `${this.#count}-${link === this.key ? 'privkey' : 'fullchain'}.pem`);
      copyFileSync(source, file);
      rmSync(link, { force: true });
      symlinkSync(file, link);
    }
  }

  /** Files of the same names are moved over them. */
  rename({ certificate, key }) {
    for (const [file, source] of [[this.certificate, certificate], [this.key, key]]) {
      copyFileSync(source, `${file}.new`);
      renameSync(`${file}.new`, file);
    }
  }

  /** Written over in place, as `cp` does it. */
  overwrite({ certificate, key }) {
    copyFileSync(certificate, this.certificate);
    copyFileSync(key, this.key);
  }

  spoil() {
    writeFileSync(this.certificate, '-----BEGIN CERTIFICATE-----\nno certificate\n-----END CERTIFICATE-----\n');
  }
}
