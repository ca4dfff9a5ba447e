import { chmod, mkdir, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';

const DIAL_MS = 1000;

/** Whether somebody listens on a unix socket. */
export async function isServed(file: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(file);
  const timer = setTimeout(() => resolve(false), DIAL_MS);
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  const served = await promise;
  clearTimeout(timer);
  socket.destroy();
  return served;
}

/** Makes room for a socket: its folder is there, and what an earlier process left is not. */
export async function prepareSocket(file: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o750 });
  await rm(file, { force: true });
}

/** Lets every user of the pod connect: Envoy may run as another one. */
export async function openSocket(file: string): Promise<void> {
  await chmod(file, 0o666);
}
