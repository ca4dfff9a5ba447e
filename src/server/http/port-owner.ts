import { readdir, readFile, readlink } from 'node:fs/promises';

/**
 * Who listens on a TCP port of this machine, as `name (pid 123)`; `undefined` when the system does not tell (another user's process, or a
 * system without /proc).
 */
export async function findPortOwner(port: number): Promise<string | undefined> {
  const inodes = new Set([
    ...(await listListeners('/proc/net/tcp', port)),
    ...(await listListeners('/proc/net/tcp6', port)),
  ]);
  if (inodes.size === 0) return undefined;
  for (const pid of await readNames('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    for (const fd of await readNames(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[(\d+)\]$/.exec(await readlink(`/proc/${pid}/fd/${fd}`).catch(() => ''))?.[1];
      if (inode === undefined || !inodes.has(inode)) continue;
      return `${await readCommand(pid)} (pid ${pid})`;
    }
  }
  return undefined;
}

/** The longest command line that is worth reading in an error, in characters. */
const MAX_COMMAND = 80;

async function readCommand(pid: string): Promise<string> {
  const text = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim();
  if (text === '') return 'a process';
  return text.length > MAX_COMMAND ? `${text.slice(0, MAX_COMMAND)}…` : text;
}

/** The state of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';

async function listListeners(table: string, port: number): Promise<readonly string[]> {
  const text = await readFile(table, 'utf8').catch(() => '');
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    return local.endsWith(`:${hexPort}`) && state === LISTEN && inode !== undefined ? [inode] : [];
  });
}

async function readNames(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}
