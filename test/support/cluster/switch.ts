import { connect, createServer, type Socket } from 'node:net';

/** A Service of one address: what connects to it reaches the replica that it points to at that moment. */
export interface Switch {
  readonly port: number;
  /** New connections go there; those that are open stay where they are. */
  pointTo(port: number): void;
  close(): Promise<void>;
}

export async function createSwitch(first: number): Promise<Switch> {
  let target = first;
  const open = new Set<Socket>();
  const server = createServer((inner) => {
    const outer = connect(target, '127.0.0.1');
    for (const socket of [inner, outer]) open.add(socket.setNoDelay(true));
    inner.pipe(outer).pipe(inner);
    inner.on('error', () => outer.destroy()).on('close', () => outer.destroy());
    outer.on('error', () => inner.destroy()).on('close', () => inner.destroy());
    for (const socket of [inner, outer]) socket.once('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    pointTo: (port) => {
      target = port;
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
