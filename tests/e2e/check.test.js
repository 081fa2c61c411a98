// The doctor: what wsxmpp would do for a domain, and why it does not work.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Authority } from './support/certificates.js';
import { host, srv, startDns, XMPP, XMPPS } from './support/dns.js';
import { deadPort } from './support/ports.js';
import { startProsody } from './support/prosody.js';
import { runToEnd } from './support/proxy.js';

const check = (...args) => runToEnd('check', ...args);

describe('wsxmpp check', () => {
  let ca, dns, prosody, dead, options;
  before(async () => {
    ca = new Authority('root');
    const expired = ca.issue('expired.test', { from: -30, to: -1 });
    const hosts = { 'example.test': ca.issue('example.test'), 'expired.test': expired };
    [prosody, dead] = await Promise.all([startProsody({ hosts, requireTls: true }), deadPort()]);
    dns = await startDns([
      host('here.test', '127.0.0.1'),
      srv(`${XMPPS}.example.test`, 'here.test', dead, 1, 10),
      srv(`${XMPP}.example.test`, 'here.test', prosody.port, 2, 20),
      srv(`${XMPP}.expired.test`, 'here.test', prosody.port),
      host('bare.test', '127.0.0.9'), // nobody is there
      srv(`${XMPP}.dead.test`, 'here.test', dead),
    ]);
    options = [...dns.option, '--ca-file', ca.file];
  });
  after(() => Promise.all([dns, prosody].map((one) => one?.process.kill())));

  it('shows each step on the way to a server, and that it works', async () => {
    const { code, out, err } = await check('example.test', ...options);
    assert.equal(code, 0, out + err);
    assert.match(out, /_xmpps-client\._tcp\.example\.test/);
    assert.match(out, /_xmpp-client\._tcp\.example\.test/);
    assert.match(out, new RegExp(`here\\.test:${dead} \\(priority 1, weight 10\\)`), 'a record');
    const order = `here\\.test:${dead} \\(tls\\), here\\.test:${prosody.port} \\(starttls\\)`;
    assert.match(out, new RegExp(order), 'their order');
    assert.match(out, new RegExp(`✗.*here\\.test:${dead} \\(127\\.0\\.0\\.1\\).*refused`, 'i'), 'the dead one');
    assert.match(out, new RegExp(`✓ connected.*here\\.test:${prosody.port} \\(127\\.0\\.0\\.1\\)`), 'the one that is not');
    assert.match(out, /\d ms/);
    assert.match(out, /TLSv?1\.3/);
    assert.match(out, /example\.test.*20\d\d/, 'the certificate: names and expiry');
    assert.match(out, /PLAIN/);
    assert.match(out, /works/);
    assert.doesNotMatch(out, /\x1b/, 'no colours where there is no terminal');
    assert.equal(err, '');
  });

  it('says the same to a script', async () => {
    const { code, out } = await check('example.test', ...options, '--json');
    assert.equal(code, 0, out);
    const report = JSON.parse(out);
    assert.equal(report.domain, 'example.test');
    assert.equal(report.ok, true);
    assert.ok(report.steps.length > 3);
    assert.ok(report.mechanisms.includes('PLAIN'), out);
    assert.deepEqual(report.mechanisms.filter((name) => name.endsWith('-PLUS')), [], 'as clients see them');
    assert.equal(typeof report.steps.find(({ step }) => step === 'ready').ms, 'number');
    assert.ok(report.steps.every(({ step }) => typeof step === 'string'));
  });

  const FAILURES = [
    ['a name that does not exist', 'missing.test', /no such name/i],
    ['a server that is down', 'dead.test', /refused/i],
    ['a certificate that has expired', 'expired.test', /expired/i],
  ];
  for (const [what, domain, pattern] of FAILURES) {
    it(`exits with 1 for ${what}, and says what to do`, async () => {
      const text = await check(domain, ...options);
      assert.equal(text.code, 1, text.out + text.err);
      assert.match(text.out, pattern);
      assert.match(text.out, /what to do/);
      const json = await check(domain, ...options, '--json');
      assert.equal(json.code, 1);
      const report = JSON.parse(json.out);
      assert.equal(report.ok, false);
      assert.match(`${report.error} ${report.detail}`, pattern);
      assert.ok(report.advice);
    });
  }

  it('checks a server that is named, instead of what DNS says', async () => {
    const named = ['--domain', `example.test=tls://127.0.0.1:${prosody.directPort}`];
    const { code, out } = await check('example.test', ...options, ...named);
    assert.equal(code, 0, out);
    assert.doesNotMatch(out, /_xmpp-client/);
  });

  it('looks at port 5222 of the domain itself where there are no records', async () => {
    const { out } = await check('bare.test', ...options);
    assert.match(out, /candidates\s+bare\.test:5222 \(starttls\)/);
  });

  it('exits with 2 when the command line is wrong', async () => {
    const { code, err } = await check('example.test', '--no-such-option');
    assert.equal(code, 2);
    assert.match(err, /--no-such-option/);
    assert.equal((await check()).code, 2, 'no domain');
  });
});
