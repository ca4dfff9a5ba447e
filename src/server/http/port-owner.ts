import { lookup } from 'node:dns/promises';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { endianness } from 'node:os';

/**
 * Who listens where `host:port` of this machine would be listened on, as `name (pid 123)`; `undefined` when the system does not tell (another
 * user's process, or a system without /proc). An empty host is every address.
 */
export async function findPortOwner(host: string, port: number): Promise<string | undefined> {
  const wanted = await findAddress(host);
  const inodes = new Set(
    [...(await listListeners('/proc/net/tcp', port)), ...(await listListeners('/proc/net/tcp6', port))]
      .filter(({ address }) => isEveryAddress(wanted) || isEveryAddress(address) || address === wanted)
      .map(({ inode }) => inode),
  );
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
const MAX_COMMAND = 120;

async function readCommand(pid: string): Promise<string> {
  const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0').filter(Boolean);
  return words.length === 0 ? 'a process' : shortenCommand(words.join(' '));
}

/** A long command keeps its end, where the arguments are that tell one of many from the others. */
export function shortenCommand(command: string): string {
  if (command.length <= MAX_COMMAND) return command;
  const [program = ''] = command.split(' ', 1);
  const start = program.slice(program.lastIndexOf('/') + 1).slice(0, MAX_COMMAND / 3);
  return `${start} …${command.slice(start.length + 2 - MAX_COMMAND)}`;
}

/** The state of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';

interface Listener {
  /** The address's bytes in hexadecimal; IPv4 addresses that IPv6 sockets listen on are IPv4. */
  readonly address: string;
  readonly inode: string;
}

async function listListeners(table: string, port: number): Promise<readonly Listener[]> {
  const text = await readFile(table, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const [address = '', hexPort = ''] = local.split(':');
    const isWanted = state === LISTEN && Number.parseInt(hexPort, 16) === port && inode !== undefined;
    return isWanted ? [{ address: toNetworkOrder(address), inode }] : [];
  });
}

/** The kernel prints addresses as words of the machine. */
function toNetworkOrder(printed: string): string {
  const words = Buffer.from(printed, 'hex');
  const bytes = endianness() === 'LE' && words.length % 4 === 0 ? words.swap32() : words;
  return bytes.toString('hex').replace(MAPPED_IPV4, '');
}

const MAPPED_IPV4 = /^0{20}ffff(?=.{8}$)/;

function isEveryAddress(address: string): boolean {
  return /^0*$/.test(address);
}

/** The bytes of a host's address in hexadecimal; nothing, which is every address, for one that cannot be found. */
async function findAddress(host: string): Promise<string> {
  if (host === '') return '';
  const { address, family } = await lookup(host).catch(() => ({ address: '', family: 0 }));
  if (family === 4) return Buffer.from(address.split('.').map(Number)).toString('hex');
  return family === 6 ? toHexOfIpv6(address) : '';
}

function toHexOfIpv6(address: string): string {
  const [front = '', back] = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string | undefined) => (text ?? '').split(':').filter(Boolean);
  const [start, end] = [groups(front), groups(back)];
  const missing = Array.from({ length: 8 - start.length - end.length }, () => '0');
  const hex = [...start, ...missing, ...end].map((group) => group.padStart(4, '0')).join('');
  return hex.replace(MAPPED_IPV4, '');
}

async function readNames(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch(() => []);
}
