import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';

const exec = promisify(execFile);

/** A network of its own: devices, addresses, routes and packet filter, seen by nobody else. */
export interface NetworkNamespace extends AsyncDisposable {
  readonly name: string;
  /** What `nsenter --net=` and `--network-namespace` take. */
  readonly path: string;
  /** Runs a command in it. @returns what it printed; rejects when it fails */
  run(command: string, ...args: readonly string[]): Promise<string>;
}

/** Makes one, with its loopback device up. Needs root. */
export async function createNamespace(): Promise<NetworkNamespace> {
  const name = `ph-${process.pid}-${randomBytes(3).toString('hex')}`;
  await exec('ip', ['netns', 'add', name]);
  const run = async (command: string, ...args: readonly string[]) =>
    (await exec('ip', ['netns', 'exec', name, command, ...args])).stdout;
  await run('ip', 'link', 'set', 'lo', 'up');
  return {
    name,
    path: `/var/run/netns/${name}`,
    run,
    [Symbol.asyncDispose]: async () => void (await exec('ip', ['netns', 'del', name])),
  };
}

/** Skips a test, with the reason, where namespaces cannot be had or a tool is missing. */
export async function needNamespaces(context: TestContext, ...tools: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0) context.skip('network namespaces need root');
  for (const tool of ['ip', 'iptables', ...tools]) {
    const isThere = await exec('which', [tool]).then(
      () => true,
      () => false,
    );
    if (!isThere) context.skip(`${tool} is not installed`);
  }
}
