// jabberd2 as Debian ships it: a server that never had a WebSocket. Three processes, which find each other by a router.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onFreePort } from './ports.js';
import { Process } from './process.js';
import { stateDirectory } from './state.js';
import { PAIRS, user, USERS } from './users.js';

/** The folder of its modules, which is named after the architecture. */
function modules() {
  const path = readdirSync('/usr/lib').map((name) => join('/usr/lib', name, 'jabberd2')).find(existsSync);
  if (!path) throw new Error('jabberd2 is not installed: apt-get install jabberd2');
  return path;
}

const quoted = (text) => `'${text.replaceAll("'", "''")}'`;

// Of the tables of /usr/share/doc/jabberd2/db-setup.sqlite.gz those that are used; a small image has no /usr/share/doc.
const OBJECTS = '"collection-owner" TEXT NOT NULL, "object-sequence" INTEGER PRIMARY KEY';
const SCHEMA = `
CREATE TABLE authreg (username TEXT NOT NULL, realm TEXT NOT NULL, password TEXT);
CREATE TABLE active (${OBJECTS}, "time" INTEGER NOT NULL DEFAULT 0);
CREATE TABLE "roster-items" (
  ${OBJECTS}, jid TEXT NOT NULL, name TEXT, "to" BOOLEAN NOT NULL, "from" BOOLEAN NOT NULL, ask INTEGER NOT NULL);
CREATE TABLE "roster-groups" (${OBJECTS}, jid TEXT NOT NULL, "group" TEXT NOT NULL);
CREATE TABLE queue (${OBJECTS}, xml TEXT NOT NULL);
`;

/** The database of both the users and their rosters. */
function createDatabase(file, domain) {
  const users = USERS.flatMap(({ name, password }) => [
    `INSERT INTO authreg VALUES (${[name, domain, password].map(quoted).join()});`,
    `INSERT INTO active ("collection-owner", "time") VALUES (${quoted(user(name, domain).jid)}, 1);`,
  ]);
  const contact = (from, to) =>
    `INSERT INTO "roster-items" ("collection-owner", jid, name, "to", "from", ask) VALUES ` +
    `(${quoted(user(from.name, domain).jid)}, ${quoted(user(to.name, domain).jid)}, ${quoted(to.name)}, 1, 1, 0);`;
  const rosters = PAIRS.flatMap(({ alice, bob }) => [contact(alice, bob), contact(bob, alice)]);
  const sql = ['BEGIN;', SCHEMA, ...users, ...rosters, 'COMMIT;'].join('\n');
  execFileSync('sqlite3', [file], { input: sql, stdio: ['pipe', 'ignore', 'pipe'] });
}

const common = (name, directory) => `
  <id>${name}</id>
  <pidfile>${directory}/${name}.pid</pidfile>
  <log type='stdout'/>`;

const toRouter = (port) => `
  <router>
    <ip>127.0.0.1</ip><port>${port}</port><user>jabberd</user><pass>secret</pass>
    <retry><init>3</init><lost>0</lost><sleep>1</sleep></retry>
  </router>`;

const sqlite = (directory, inner = '') =>
  `<sqlite><dbname>${directory}/db.sqlite</dbname><busy-timeout>2000</busy-timeout>${inner}</sqlite>`;

const CHAINS = {
  'in-sess': ['validate', 'roster', 'iq-ping', 'disco', 'offline', 'presence', 'deliver'],
  'in-router': ['session', 'validate', 'presence'],
  'pkt-sm': ['iq-ping', 'disco', 'presence'],
  'pkt-user': ['roster', 'presence', 'disco', 'deliver', 'offline'],
  'pkt-router': ['session', 'disco'],
  'user-load': ['active', 'roster'],
};

const configs = (directory, { routerPort, port, domain, pem }) => ({
  router: `<router>${common('router', directory)}
    <local><ip>127.0.0.1</ip><port>${routerPort}</port><users>${directory}/users.xml</users><secret>secret</secret></local>
    <aci><acl type='all'><user>jabberd</user></acl></aci></router>`,
  sm: `<sm>${common('sm', directory)}${toRouter(routerPort)}
    <local><id>${domain}</id></local>
    <storage><path>${modules()}</path><driver>sqlite</driver>${sqlite(directory)}</storage>
    <modules><path>${modules()}</path>${Object.entries(CHAINS)
      .map(([id, names]) => `<chain id='${id}'>${names.map((name) => `<module>${name}</module>`).join('')}</chain>`)
      .join('')}</modules></sm>`,
  c2s: `<c2s>${common('c2s', directory)}${toRouter(routerPort)}
    <local><id pemfile='${pem}' require-starttls='mu'>${domain}</id><ip>127.0.0.1</ip><port>${port}</port></local>
    <io><limits><stanzasize>65535</stanzasize></limits></io>
    <authreg><path>${modules()}</path><module>sqlite</module>
      <mechanisms><sasl><plain/></sasl></mechanisms><ssl-mechanisms><sasl><plain/></sasl></ssl-mechanisms>
      ${sqlite(directory, '<password_type><plaintext/></password_type>')}</authreg></c2s>`,
});

/** It requires STARTTLS, and shows the certificate `tls`. */
export async function startJabberd2({ domain, tls }) {
  const directory = stateDirectory('jabberd2');
  createDatabase(join(directory, 'db.sqlite'), domain);
  const pem = join(directory, 'server.pem');
  writeFileSync(pem, readFileSync(tls.certificate, 'utf8') + readFileSync(tls.key, 'utf8'));
  writeFileSync(join(directory, 'users.xml'), '<users><user><name>jabberd</name><secret>secret</secret></user></users>');

  return onFreePort(async (port, routerPort) => {
    const started = [];
    const kill = () => Promise.all(started.map((process) => process.kill()));
    const start = async (name, ready) => {
      const file = join(directory, `${name}.xml`);
      writeFileSync(file, configs(directory, { routerPort, port, domain, pem })[name]);
      const process = new Process(`jabberd2-${name}`, ['-c', file]);
      started.push(process);
      const [, failed] = await process.line(new RegExp(`(in use|couldn't listen)|${ready}`), `ready ${name}`);
      if (!failed) return process;
      await kill();
      throw Object.assign(new Error(`port ${port} or ${routerPort} was taken`), { portTaken: true });
    };
    await start('router', 'listening for incoming connections');
    await start('sm', 'ready for sessions');
    await start('c2s', 'ready for connections');
    return { name: 'jabberd2', port, process: { kill } };
  });
}
