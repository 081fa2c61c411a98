// Websites on port 443, which is where POSH looks: on a loopback address of their own.
import { createHash, randomInt, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const keyAndCertificate = ({ key, certificate }) => ({ key: readFileSync(key), cert: readFileSync(certificate) });

/** What POSH calls the fingerprint of a certificate, of support/certificates.js. */
export function fingerprint({ own }) {
  return createHash('sha256').update(new X509Certificate(readFileSync(own)).raw).digest('base64');
}

async function listen(server) {
  for (let attempt = 1; ; attempt++) {
    const address = `127.${randomInt(1, 255)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;
    try {
      await once(server.listen(443, address), 'listening');
      return address;
    } catch (error) {
      if (error.code === 'EACCES') throw new Error('these tests need port 443: run them as root');
      if (attempt === 3 || error.code !== 'EADDRINUSE') throw error;
    }
  }
}

/** `sites`: for each host its certificate, and its `posh` document; `requests` notes who was asked for what. */
export async function startWebsites(sites) {
  const requests = [];
  const server = createServer(keyAndCertificate(Object.values(sites)[0].certificate), (request, response) => {
    const { host } = request.headers;
    requests.push(`${host}${request.url}`);
    const document = request.url === '/.well-known/posh/xmpp-client.json' && sites[host]?.posh;
    response.writeHead(document ? 200 : 404, { 'content-type': 'application/json' });
    response.end(document ? JSON.stringify(document) : '');
  });
  for (const [host, { certificate }] of Object.entries(sites)) server.addContext(host, keyAndCertificate(certificate));
  const address = await listen(server);
  return { address, requests, process: { kill: () => new Promise((closed) => server.close(closed)) } };
}
