import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from './object.ts';

/** What is kept of an object, and by what it is compared with later versions of itself. */
export interface Kept<T> {
  readonly value: T;
  /** Versions of an object whose content is equal are one and the same to whoever listens. */
  readonly content: unknown;
}

/** Decides what is kept of an object; `undefined` for nothing. */
export type Keep<T> = (object: KubeObject) => Kept<T> | undefined;

interface Held<T> extends Kept<T> {
  readonly uid: string;
  readonly version: string;
}

/** An object that is new or different. */
export interface Put<T> {
  readonly key: string;
  readonly value: T;
}

/** Whether taking an object changed anything. */
export type Taken<T> = { readonly put: Put<T> } | { readonly removed: string } | undefined;

/** The objects of a kind as they were last heard of: what tells news from repetitions. */
export class HeldObjects<T> {
  readonly #held = new Map<string, Held<T>>();
  readonly #keep: Keep<T>;

  constructor(keep: Keep<T>) {
    this.#keep = keep;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Takes an object as it is now. */
  take(object: KubeObject): Taken<T> {
    const key = keyOf(object);
    const { uid = '', resourceVersion: version = '' } = object.metadata;
    const before = this.#held.get(key);
    if (before !== undefined && before.uid === uid && before.version === version) return undefined;
    const kept = this.#keep(object);
    if (kept === undefined) return this.remove(key);
    const isSame = before !== undefined && before.uid === uid && isDeepStrictEqual(before.content, kept.content);
    this.#held.set(key, isSame ? { ...before, version } : { ...kept, uid, version });
    return isSame ? undefined : { put: { key, value: kept.value } };
  }

  remove(key: string): Taken<T> {
    return this.#held.delete(key) ? { removed: key } : undefined;
  }

  /** Forgets all that a whole list did not name. @returns their keys. */
  retain(listed: ReadonlySet<string>): readonly string[] {
    const gone = [...this.#held.keys()].filter((key) => !listed.has(key));
    for (const key of gone) this.#held.delete(key);
    return gone;
  }
}

/** `namespace/name`; of objects of the cluster, the name. */
export function keyOf({ metadata: { namespace, name } }: KubeObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
