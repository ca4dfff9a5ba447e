import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { TestContext } from 'vitest';
import { runAfterUs } from './sweep.ts';

const exec = promisify(execFile);

/** A network of its own: devices, addresses, routes and packet filter, seen by nobody else. */
export interface NetworkNamespace extends AsyncDisposable {
  readonly name: string;
  /** What `nsenter --net=` and `--network-namespace` take. */
  readonly path: string;
  /** Runs a command in it. @returns what it printed; rejects when it fails */
  run(command: string, ...args: readonly string[]): Promise<string>;
  /** The ids of its processes that have a name, which is the first 15 letters of their program's. */
  listProcesses(name: string): Promise<readonly number[]>;
  /** Ends every process in it at once, also those that nobody here has started. */
  kill(): Promise<void>;
}

const KILL = 'for pid in $(ip netns pids "$1" 2>/dev/null); do kill -9 "$pid" 2>/dev/null; done';
/** Ends everything in a namespace, and the namespace; nothing happens when it has gone. */
const REMOVE = `${KILL}; ip netns del "$1" 2>/dev/null || true`;

/** Makes one, with its loopback device up. Needs root. Whatever ends this process, it does not stay, nor does anybody in it. */
export async function createNamespace(): Promise<NetworkNamespace> {
  await sweepStaleNamespaces();
  const name = `ph-${process.pid}-${randomBytes(3).toString('hex')}`;
  await exec('ip', ['netns', 'add', name]);
  const disarm = runAfterUs(REMOVE, name);
  const run = async (command: string, ...args: readonly string[]) =>
    (await exec('ip', ['netns', 'exec', name, command, ...args])).stdout;
  await run('ip', 'link', 'set', 'lo', 'up');
  return {
    name,
    path: `/var/run/netns/${name}`,
    run,
    async listProcesses(wanted) {
      const pids = (await exec('ip', ['netns', 'pids', name])).stdout.trim().split('\n').map(Number);
      const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')));
      return pids.filter((_, index) => names[index]?.trim() === wanted);
    },
    kill: async () => void (await exec('sh', ['-c', `${KILL}; true`, 'kill', name])),
    async [Symbol.asyncDispose]() {
      await exec('sh', ['-c', REMOVE, 'remove', name]);
      disarm();
    },
  };
}

let swept: Promise<void> | undefined;

/** Takes away, once in a process, what tests have left that could not even sweep after themselves. */
function sweepStaleNamespaces(): Promise<void> {
  swept ??= (async () => {
    const { stdout } = await exec('ip', ['netns', 'list']);
    for (const [name, pid] of stdout.matchAll(/^ph-(\d+)-[0-9a-f]{6}/gm)) {
      if (!isAlive(Number(pid))) await exec('sh', ['-c', REMOVE, 'remove', name]).catch(() => undefined);
    }
  })();
  return swept;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Skips a test, with the reason, where namespaces cannot be had or a tool is missing. */
export async function needNamespaces(context: TestContext, ...tools: readonly string[]): Promise<void> {
  const obstacle = await findNamespaceObstacle(...tools);
  if (obstacle !== undefined) context.skip(obstacle);
}

/** What needs the most of a kernel: devices in pairs, and packets that are sent elsewhere by who sends them. */
const TRIAL = `mount --bind /etc/resolv.conf /etc/resolv.conf
ip link set lo up
ip link add trial type veth peer name other
iptables -t nat -A OUTPUT -p tcp -m owner --uid-owner 1 -j REDIRECT --to-ports 1`;

/** Why there can be no namespaces here, or undefined. */
export async function findNamespaceObstacle(...tools: readonly string[]): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const tool of ['ip', 'iptables', 'unshare', ...tools]) {
    if (!(await succeeds('which', tool))) return `${tool} is not installed: run "tools/setup --all" on Debian`;
  }
  if (!(await succeeds('unshare', '--net', '--mount', 'sh', '-ec', TRIAL)))
    return 'this machine does not let us make network namespaces that redirect packets';
  return undefined;
}

function succeeds(command: string, ...args: readonly string[]): Promise<boolean> {
  return exec(command, args).then(
    () => true,
    () => false,
  );
}
