// What the servers of a test show, right and wrong: a test CA by the openssl command. Keys are on P-256, which are made
// in no time. `openssl ca` and not `x509`, for only it takes the times of a certificate, and keeps what a CRL is of.
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateDirectory } from './state.js';

const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
const NEW_KEY = ['-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

const DAY_MS = 86_400_000;
/** So many days from now, as openssl wants it: 20261125060000Z. */
const inDays = (days) => new Date(Date.now() + days * DAY_MS).toISOString().replace(/[-:T]|\.\d+/g, '');

const config = (base, copies) => `
[ca]
default_ca = this
[this]
new_certs_dir = ${copies}
database = ${base}.index
serial = ${base}.serial
default_md = sha256
default_crl_days = 30
policy = any
unique_subject = no
copy_extensions = copy
[any]
commonName = supplied
[leaf]
basicConstraints = CA:FALSE
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[authority]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
`;

/** A key and a certificate (with its chain), by paths; `pin` as --pin takes it. */
class Certificate {
  constructor(base, chain) {
    this.key = `${base}.key`;
    this.certificate = chain;
    this.own = `${base}.crt`;
  }

  get serial() {
    return new X509Certificate(readFileSync(this.own)).serialNumber;
  }

  get pin() {
    const { publicKey } = new X509Certificate(readFileSync(this.own));
    const der = publicKey.export({ type: 'spki', format: 'der' });
    return `sha256//${createHash('sha256').update(der).digest('base64')}`;
  }
}

export class Authority {
  #directory;
  #base;
  #issued = 0;
  #chain = ''; // certificates between its own leaves and the root

  /** A root of its own; or, of `issuer`, one between. */
  constructor(name, issuer) {
    this.#directory = issuer ? issuer.#directory : stateDirectory('certificates');
    this.#base = join(this.#directory, name);
    writeFileSync(`${this.#base}.cnf`, config(this.#base, stateDirectory('copies')));
    writeFileSync(`${this.#base}.index`, '');
    writeFileSync(`${this.#base}.serial`, '1000');
    const own = ['-keyout', `${this.#base}.key`, '-subj', `/CN=Test authority ${name}`];
    if (issuer) {
      openssl('req', '-new', ...NEW_KEY, ...own, '-out', `${this.#base}.csr`);
      issuer.#sign(this.#base, 'authority', -1, 30);
      this.#chain = readFileSync(this.file, 'utf8') + issuer.#chain;
    } else {
      const extensions = ['-config', `${this.#base}.cnf`, '-extensions', 'authority'];
      openssl('req', '-x509', ...NEW_KEY, ...own, ...extensions, '-days', '30', '-out', this.file);
    }
  }

  /** Its certificate: what --ca-file takes. */
  get file() {
    return `${this.#base}.crt`;
  }

  #ca(...args) {
    const own = ['-config', `${this.#base}.cnf`, '-cert', this.file, '-keyfile', `${this.#base}.key`];
    openssl('ca', '-batch', ...own, ...args);
  }

  #sign(base, extensions, from, to) {
    const times = ['-startdate', inDays(from), '-enddate', inDays(to)];
    this.#ca('-notext', '-extensions', extensions, ...times, '-in', `${base}.csr`, '-out', `${base}.crt`);
  }

  /** A certificate for `domain`, valid from so many days from now to so many. */
  issue(domain, { from = -1, to = 30 } = {}) {
    const base = `${this.#base}-${++this.#issued}`;
    const names = ['-subj', `/CN=${domain}`, '-addext', `subjectAltName=DNS:${domain}`];
    openssl('req', '-new', ...NEW_KEY, ...names, '-keyout', `${base}.key`, '-out', `${base}.csr`);
    this.#sign(base, 'leaf', from, to);
    const chain = `${base}-chain.crt`;
    writeFileSync(chain, readFileSync(`${base}.crt`, 'utf8') + this.#chain);
    return new Certificate(base, chain);
  }

  /** Take back a certificate, or the authority below this one. */
  revoke(what) {
    this.#ca('-revoke', what instanceof Authority ? what.file : what.own);
  }

  /** What it says of a certificate: an OCSP response in a file beside it, as wsxmpp looks for it. */
  staple({ own, certificate }) {
    const request = `${own}.request`;
    openssl('ocsp', '-issuer', this.file, '-cert', own, '-reqout', request, '-no_nonce');
    const signer = ['-rsigner', this.file, '-rkey', `${this.#base}.key`, '-CA', this.file];
    const response = ['-reqin', request, '-respout', `${certificate}.ocsp`, '-ndays', '7'];
    openssl('ocsp', '-index', `${this.#base}.index`, ...signer, ...response);
    return readFileSync(`${certificate}.ocsp`);
  }

  #crl() {
    const file = `${this.#base}.crl`;
    this.#ca('-gencrl', '-out', file);
    return readFileSync(file, 'utf8');
  }

  /** One file of what each of them took back, as --crl-file takes it. */
  static crls(...authorities) {
    const file = join(stateDirectory('crls'), 'crls.pem');
    writeFileSync(file, authorities.map((authority) => authority.#crl()).join(''));
    return file;
  }
}

/** One that nobody vouches for. */
export function selfSigned(domain, directory = stateDirectory('certificate')) {
  const base = join(directory, domain);
  const names = ['-subj', `/CN=${domain}`, '-addext', `subjectAltName=DNS:${domain}`];
  openssl('req', '-x509', ...NEW_KEY, ...names, '-days', '60', '-keyout', `${base}.key`, '-out', `${base}.crt`);
  return new Certificate(base, `${base}.crt`);
}
