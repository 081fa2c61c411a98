// A free loopback port: bind port 0, note what the kernel gave, let go of it.
// Between that and its use someone else may take it, so whoever uses one
// must notice that it could not bind, and try another (see retry below).
import { createServer } from 'node:net';
import { once } from 'node:events';

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Run `start(port)` on free ports until one works, three times at most. */
export async function onFreePort(start) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === 3 || !error.portTaken) throw error;
    }
  }
}
