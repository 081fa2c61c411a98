// Debian's nginx with a configuration of the test's own, in one process, which ends with the test.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onFreePort } from './ports.js';
import { Process } from './process.js';
import { stateDirectory } from './state.js';

const STREAM = '/usr/lib/nginx/modules/ngx_stream_module.so'; // a package of its own

const config = (directory, { http = '', stream = '' }) => `
${stream && `load_module ${STREAM};`}
daemon off;
master_process off;
${process.getuid() === 0 ? 'user root;' : ''}
pid ${directory}/nginx.pid;
error_log stderr notice;
events {}
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
  ${http}
}
${stream && `stream { ${stream} }`}
`;

/** `define(port)`: what stands in the blocks `http` and `stream`, for one that listens on this port. */
export async function startNginx(define) {
  const directory = stateDirectory('nginx');
  const file = join(directory, 'nginx.conf');
  return onFreePort(async (port) => {
    writeFileSync(file, config(directory, define(port)));
    const server = new Process('nginx', ['-p', directory, '-c', file, '-e', 'stderr']);
    const [, failed] = await server.line(/(Address already in use)|using the "\w+" event method/, 'ready nginx');
    if (failed) {
      await server.kill();
      throw Object.assign(new Error(`port ${port} was taken`), { portTaken: true });
    }
    return { port, process: server };
  });
}

/** The lines that end TLS with this certificate. */
export const tlsWith = ({ certificate, key }) => `ssl_certificate ${certificate}; ssl_certificate_key ${key};`;
