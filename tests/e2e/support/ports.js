// Loopback ports for servers that a test starts, and for those that must not be there.
//
// A free one: bind port 0, note what the kernel gave, let go of it. Between that and its use someone else may take it,
// so whoever uses one must notice that it could not bind, and try another (see onFreePort).
import { connect, createServer } from 'node:net';
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

/**
 * One where connections are refused, as long as this process lives: it is the near end of a connection, so that nobody
 * listens there, and the kernel gives it to nobody who asks for a free one.
 */
export async function deadPort() {
  const server = createServer((socket) => socket.unref()).listen(0, '127.0.0.1').unref();
  await once(server, 'listening');
  const held = connect(server.address().port, '127.0.0.1').unref();
  await once(held, 'connect');
  return held.localPort;
}
