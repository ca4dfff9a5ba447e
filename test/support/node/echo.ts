/**
 * The sample application: tells its name, who called, and with which headers.
 *
 *     node echo.ts <name> http:8080 tcp:9000
 */
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

const [name = '', ...ports] = process.argv.slice(2);
/** As well-kept applications: whoever calls may not have heard yet that this pod ends. */
const FAREWELL_MS = 3000;
process.on('SIGTERM', () => setTimeout(() => process.exit(), FAREWELL_MS));

for (const text of ports) {
  const [protocol, port] = text.split(':');
  if (protocol === 'http') serveHttp(Number(port));
  else serveTcp(Number(port));
}

function serveHttp(port: number): void {
  const server = createServer((request, response) => {
    const { url, headers, socket } = request;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name, peer: socket.remoteAddress, path: url, headers }));
  });
  server.keepAliveTimeout = 0;
  server.listen(port, '0.0.0.0');
}

function serveTcp(port: number): void {
  const server = createTcpServer((socket) => {
    socket.setEncoding('utf8');
    socket.on('error', () => undefined);
    socket.on('data', (text) => socket.write(`${name} ${text}`));
  });
  server.listen(port, '0.0.0.0');
}
