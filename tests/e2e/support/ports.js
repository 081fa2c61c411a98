// A free loopback port: bind port 0, note what the kernel gave, let go of it.
// Between that and its use someone else may take it, so whoever uses one
// must notice that it could not bind, and try another (see retry below).
import { createServer } from 'node:net';
import { once } from 'node:events';

/** `count` of them, no two the same. */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => server.address().port);
  servers.forEach((server) => server.close());
  await Promise.all(servers.map((server) => once(server, 'close')));
  return ports;
}

export const freePort = async () => (await freePorts(1))[0];

/** Run `start(port, …)` on free ports until one works, three times at most. */
export async function onFreePort(start) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(...(await freePorts(start.length)));
    } catch (error) {
      if (attempt === 3 || !error.portTaken) throw error;
    }
  }
}
