/** Where a process of a pod runs, and as whom. */
export interface Entry {
  /** Path of the network namespace. */
  readonly network: string;
  /** Stands in for /etc/resolv.conf; absent, the machine's. */
  readonly resolvConf?: string;
  /** User and group; root when absent. */
  readonly uid?: number;
  readonly gid?: number;
}

/** A mount namespace of its own lets a process see another file in a place, and nobody else. */
const BIND = 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"';

/** Puts a command into a pod: the whole command line. */
export function toCommandIn(entry: Entry, command: readonly [string, ...string[]]): readonly [string, ...string[]] {
  const { network, resolvConf, uid = 0, gid = uid } = entry;
  const mount = resolvConf === undefined ? [] : ['unshare', '--mount', 'sh', '-c', BIND, 'bind', resolvConf];
  const rights = uid === 0 ? [] : ['--inh-caps=-all'];
  const user =
    uid === 0 && gid === 0 ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', ...rights, '--'];
  return ['nsenter', `--net=${network}`, ...mount, ...user, ...command];
}
