import type { MESH_CODES } from '../mesh-codes.ts';
import type { Fate } from '../issue.ts';
import type { Labels, ObjectKey } from '../object.ts';
import type { Snapshot } from '../snapshot.ts';

/**
 * Why an object that is right has less effect than its author may think: what it refers to, or is for, is not there. A value; it holds for one
 * snapshot and the workloads that are known with it.
 */
export interface Finding {
  readonly object: ObjectKey;
  readonly code: keyof typeof MESH_CODES;
  readonly message: string;
  /** Absent: the object acts all the same, if not where it was meant to. */
  readonly fate?: Fate;
  /** It follows from what is found of another object, which is enough to be told of. */
  readonly isQuiet?: true;
}

/** A workload that objects may be for: a Pod, a WorkloadEntry, or a connected proxy that neither of them stands for. */
export interface KnownWorkload {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Labels;
}

/** What decides whether objects can act. All parts keep their identity while they are equal: what follows from them is remembered by it. */
export interface Surroundings {
  readonly snapshot: Snapshot;
  readonly workloads: readonly KnownWorkload[];
}

/** What was found for one object, as it is remembered: `undefined` is "nothing". */
export type Findings = readonly Omit<Finding, 'object'>[];

/** Shared, so that "nothing found" costs nothing. */
export const NO_FINDINGS: Findings = [];

/** An object that waits for somebody to come. */
export function waiting(code: Finding['code'], message: string): Findings {
  return [{ code, message, fate: { kind: 'waiting', because: message } }];
}

/** An object that nothing but a change of objects will let act. */
export function ignored(code: Finding['code'], message: string): Findings {
  return [{ code, message, fate: { kind: 'ignored', because: message } }];
}

/** An object of which a part has no effect. */
export function partly(code: Finding['code'], message: string): Findings {
  return [{ code, message, fate: { kind: 'partly-applied', because: message } }];
}

/** `app=web,version=v1`, as people write selectors. */
export function toText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}
