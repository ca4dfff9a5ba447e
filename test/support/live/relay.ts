import { connect, createServer, type ListenOptions, type NetConnectOpts, type Server } from 'node:net';

/** Passes connections on; between two network namespaces they meet at a Unix socket, whose path both see. */
export async function relay(from: ListenOptions, to: NetConnectOpts): Promise<Server> {
  const server = createServer((inner) => {
    const outer = connect(to);
    inner.pipe(outer).pipe(inner);
    inner.on('error', () => outer.destroy()).on('close', () => outer.destroy());
    outer.on('error', () => inner.destroy()).on('close', () => inner.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(from, resolve);
  });
  return server;
}
