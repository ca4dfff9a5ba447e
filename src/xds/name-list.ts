import { hash } from 'node:crypto';
import protobuf from 'protobufjs/minimal.js';
import { NameSet } from './name-set.ts';

/** Below this many bytes decoding costs less than recognising. */
const RECOGNISE_BYTES = 512;
/** Enough for every proxy of a large mesh to repeat its lists. */
const MAX_RECOGNISED = 8192;

const recognised = new Map<string, WeakRef<NameSet>>();

/**
 * A repeated string field of a request, still encoded.
 *
 * A state-of-the-world client repeats all its names, often a thousand, with each ACK. Bytes that were seen before are
 * recognised by their hash instead of being decoded again.
 */
export class NameList {
  readonly #bytes: Buffer;
  /** Offsets where runs of the field's entries start and end, in turn. */
  readonly #runs: readonly number[];

  /** @param runs Offsets in `bytes` where runs of entries, tags included, start and end, in turn. */
  constructor(bytes: Buffer, runs: readonly number[]) {
    this.#bytes = bytes;
    this.#runs = runs;
  }

  get isEmpty(): boolean {
    return this.#runs.length === 0;
  }

  /** The names as a set. */
  toSet(): NameSet {
    if (this.isEmpty) return NameSet.EMPTY;
    const runs = this.#slices();
    const encoded = runs.length === 1 && runs[0] !== undefined ? runs[0] : Buffer.concat(runs);
    if (encoded.length < RECOGNISE_BYTES) return NameSet.of(decodeNames(encoded));

    const key = hash('sha1', encoded);
    const names = recognised.get(key)?.deref() ?? NameSet.of(decodeNames(encoded));
    remember(key, names);
    return names;
  }

  #slices(): Buffer[] {
    const slices: Buffer[] = [];
    for (let i = 0; i + 1 < this.#runs.length; i += 2) {
      slices.push(this.#bytes.subarray(this.#runs[i], this.#runs[i + 1]));
    }
    return slices;
  }
}

/** Notes that an entry lies from `start` to `end`; entries that touch become one run. */
export function addToRuns(runs: number[], start: number, end: number): void {
  if (runs.at(-1) === start) runs[runs.length - 1] = end;
  else runs.push(start, end);
}

function decodeNames(encoded: Buffer): string[] {
  const reader = protobuf.Reader.create(encoded);
  const names: string[] = [];
  while (reader.pos < reader.len) {
    reader.uint32();
    names.push(reader.string());
  }
  return names;
}

/** Keeps the most recently seen lists: a `Map` iterates in the order of insertion. */
function remember(key: string, names: NameSet): void {
  recognised.delete(key);
  recognised.set(key, new WeakRef(names));
  if (recognised.size <= MAX_RECOGNISED) return;
  const [oldest] = recognised.keys();
  if (oldest !== undefined) recognised.delete(oldest);
}
