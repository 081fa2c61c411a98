// Serves the example pages with Debian's Strophe beside them, as the quick start does.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

const example = (name) => fileURLToPath(new URL(`../../../examples/${name}`, import.meta.url));
const FILES = {
  '/first_page.html': [example('first_page.html'), 'text/html'],
  '/chat.html': [example('chat.html'), 'text/html'],
  '/chat.js': [example('chat.js'), 'text/javascript'],
  '/strophe.js': ['/usr/share/javascript/strophe/strophe.js', 'text/javascript'],
};

export const servePages = () => serve((path) => FILES[path]);

/** `find(path)`: the file that is there, and its type; or nothing. */
export async function serve(find) {
  const server = createServer(async (request, response) => {
    const [file, type] = find(new URL(request.url, 'http://localhost').pathname) ?? [];
    const content = file && (await readFile(file).catch(() => undefined));
    if (!content) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8` }).end(content);
  });
  server.listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, stop };
}
