import { isSelectedBy, type Labels } from '../object.ts';
import type { KnownWorkload } from './finding.ts';

/** The workloads of a mesh, as objects select them. */
export class WorkloadRegistry {
  readonly #all: readonly KnownWorkload[];
  readonly #byNamespace: ReadonlyMap<string, readonly KnownWorkload[]>;
  readonly #answers = new Map<string, boolean>();

  constructor(workloads: readonly KnownWorkload[]) {
    this.#all = workloads;
    this.#byNamespace = Map.groupBy(workloads, ({ namespace }) => namespace);
  }

  /** Whether a workload has all these labels, in one namespace or in any. */
  has(labels: Labels, namespace?: string): boolean {
    const question = JSON.stringify([namespace, labels]);
    const known = this.#answers.get(question);
    if (known !== undefined) return known;
    const candidates = namespace === undefined ? this.#all : (this.#byNamespace.get(namespace) ?? []);
    const answer = candidates.some((workload) => isSelectedBy(workload.labels, labels));
    this.#answers.set(question, answer);
    return answer;
  }
}

const registries = new WeakMap<readonly KnownWorkload[], WorkloadRegistry>();

/** The registry of a list of workloads; the identical value for the identical list. */
export function workloadsOf(workloads: readonly KnownWorkload[]): WorkloadRegistry {
  const known = registries.get(workloads) ?? new WorkloadRegistry(workloads);
  registries.set(workloads, known);
  return known;
}
