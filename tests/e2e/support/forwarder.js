// Something that stands between wsxmpp and a server: a Unix-domain socket, a SOCKS5 proxy. Both pass everything on to a
// loopback port.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { stateDirectory } from './state.js';

function joinSockets(one, other) {
  for (const [from, to] of [[one, other], [other, one]]) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
}

async function listening(server, ...where) {
  server.listen(...where).unref();
  await once(server, 'listening');
  return server;
}

/** A server at a path instead of a port. */
export async function startUnixForwarder(port) {
  const path = join(stateDirectory('unix'), 'xmpp.sock');
  const server = createServer((socket) => joinSockets(socket, connect(port, '127.0.0.1')));
  await listening(server, path);
  return { path, stop: () => server.close() };
}

/** RFC 1928 without authentication. `asked` has what it was asked for: [{ type, host, port }]. */
export async function startSocks5(port, { refuse } = {}) {
  const asked = [];
  const server = createServer(async (socket) => {
    socket.on('error', () => {});
    const read = async (count) => {
      for (;;) {
        const data = socket.read(count);
        if (data) return data;
        await once(socket, 'readable');
      }
    };
    const [, methods] = await read(2);
    await read(methods);
    socket.write(Buffer.from([5, 0]));
    const [, , , type] = await read(4);
    const address = await read(type === 3 ? (await read(1))[0] : { 1: 4, 4: 16 }[type]);
    const host = type === 3 ? address.toString() : address.toString('hex');
    asked.push({ type: { 1: 'ipv4', 3: 'name', 4: 'ipv6' }[type], host, port: (await read(2)).readUInt16BE() });
    const reply = (code) => socket.write(Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]));
    if (refuse) return void reply(refuse), void socket.end();
    const onward = connect(port, '127.0.0.1');
    await once(onward, 'connect');
    reply(0);
    joinSockets(socket, onward);
  });
  await listening(server, 0, '127.0.0.1');
  return { address: `127.0.0.1:${server.address().port}`, asked, stop: () => server.close() };
}
