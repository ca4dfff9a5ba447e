import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;

/**
 * Collects all garbage at once and gives its pages back to the machine: what a start leaves behind is several times what it keeps, and V8 by
 * itself keeps those pages for later. Blocks for some tenths of a second.
 *
 * Without a collector to call, as in other engines, it does nothing. See docs/adr/0017-memory-is-given-back.md.
 */
export function releaseMemory(): void {
  setFlagsFromString('--expose-gc');
  // A context that is made after the flag was set has the function; ours was made before.
  const collect: unknown = runInNewContext('globalThis.gc');
  if (isCollect(collect)) collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

function isCollect(value: unknown): value is Collect {
  return typeof value === 'function';
}
