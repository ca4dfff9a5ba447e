import type { Findings } from './finding.ts';

interface Remembered {
  readonly on: readonly unknown[];
  readonly findings: Findings;
}

/**
 * Findings of one kind of object, by what they follow from: the object itself, and values that keep their identity while they are equal. So
 * looking at ten thousand objects again after one of them changed costs that one.
 */
export class FindingMemo<T extends object> {
  readonly #known = new WeakMap<T, Remembered>();

  /** What `find` says of `object`, or said while all of `on` were the identical values. */
  of(object: T, on: readonly unknown[], find: () => Findings): Findings {
    const known = this.#known.get(object);
    if (known?.on.length === on.length && known.on.every((value, i) => value === on[i])) return known.findings;
    const findings = find();
    this.#known.set(object, { on, findings });
    return findings;
  }
}
