import type { ObjectKey } from '../../model/object.ts';
import type { Suspect } from './suspects.ts';

/** Puts objects out of force and back; the world does it. */
export interface Isolation {
  findSuspect(key: string): Suspect | undefined;
  /** Serves the last good version of each, or none, until it changes. */
  isolate(keys: readonly ObjectKey[], because: string): void;
  /** Takes isolations back: the objects turned out not to be the cause. */
  acquit(keys: readonly ObjectKey[]): void;
}

/** Suspects that are out of force, and are to be tried back in force. */
interface Doubted {
  readonly suspects: readonly Suspect[];
  /** `twin`: one of them is guilty, unless one of those that are tried just before is. `sure`: one is, whatever the others are. */
  readonly guilt: 'open' | 'twin' | 'sure';
}

/**
 * One refusal that is being looked into.
 *
 * First more and more suspects are put out of force, the likeliest first, until proxies take what is left. Then they come back in halves: a half
 * that is accepted is innocent, one that is refused goes again and is halved. So any number of culprits among n suspects are found in about
 * log2(n) rounds each, and everything else is served meanwhile.
 */
export class Case {
  readonly because: string;
  readonly #isolation: Isolation;
  readonly #known = new Map<ObjectKey, Suspect>();
  readonly #guilty = new Set<ObjectKey>();
  #untried: (readonly Suspect[])[];
  #doubted: Doubted[] = [];
  /** Back in force, to see whether it is refused. */
  #probe: Doubted | undefined;
  #phase: 'growing' | 'narrowing' | 'closed' | 'unexplained' = 'growing';

  constructor(because: string, suspects: readonly (readonly Suspect[])[], isolation: Isolation) {
    this.because = because;
    this.#isolation = isolation;
    this.#untried = [...suspects];
    for (const suspect of suspects.flat()) this.#known.set(suspect.key, suspect);
  }

  /** Whether an object may have to do with it. */
  concerns(key: ObjectKey): boolean {
    return this.#known.has(key);
  }

  /** Whether everything that could be tried was tried, in vain. */
  get isUnexplained(): boolean {
    return this.#phase === 'unexplained';
  }

  /** Objects that are out of force because of this. */
  get isolated(): readonly ObjectKey[] {
    return [...this.#guilty, ...this.#doubted.flatMap(({ suspects }) => suspects.map(({ key }) => key))];
  }

  /** Whether the proxy's words quote every object that is out of force, so that it is no guess. */
  get isCertain(): boolean {
    const keys = this.isolated;
    return this.#phase === 'closed' && keys.length > 0 && keys.every((key) => this.#known.get(key)?.isQuoted);
  }

  /** Objects that other proxies' resources were made of may be behind it as well. */
  addSuspects(suspects: readonly (readonly Suspect[])[]): void {
    const fresh = suspects
      .map((tier) => tier.filter(({ key }) => !this.#known.has(key)))
      .filter((tier) => tier.length > 0);
    if (fresh.length > 0 && this.#phase === 'unexplained') this.#phase = 'growing';
    this.#untried.push(...fresh);
    for (const suspect of fresh.flat()) this.#known.set(suspect.key, suspect);
  }

  /** What is served at present was refused. @returns what was put out of force because of that. */
  refused(): readonly ObjectKey[] {
    const probe = this.#probe;
    if (probe === undefined) return this.#phase === 'unexplained' ? [] : this.#grow();
    this.#probe = undefined;
    const twin = this.#doubted.at(-1);
    if (twin?.guilt === 'twin') this.#doubted[this.#doubted.length - 1] = { ...twin, guilt: 'open' };
    this.#doubt(probe.suspects);
    return this.#isolate(probe.suspects);
  }

  /** What is served at present was accepted by a proxy that had refused. @returns those who are guilty, once that is known. */
  accepted(): readonly ObjectKey[] | undefined {
    if (this.#phase === 'growing' && this.#doubted.length > 0) this.#phase = 'narrowing';
    if (this.#phase !== 'narrowing') return undefined;
    this.#probe = undefined;
    return this.#tryNext();
  }

  /** Ends the case: what it put out of force may come back, except `changed`, which has ended by itself. */
  drop(changed: ReadonlySet<ObjectKey>): void {
    this.#acquit(this.isolated.filter((key) => !changed.has(key)));
    this.#guilty.clear();
    this.#doubted = [];
    this.#probe = undefined;
    this.#phase = 'closed';
  }

  #grow(): readonly ObjectKey[] {
    this.#phase = 'growing';
    const group = this.#takeGroup();
    if (group.length === 0) {
      this.#acquit(this.#doubted.flatMap(({ suspects }) => suspects.map(({ key }) => key)));
      this.#doubted = [];
      this.#phase = 'unexplained';
      return [];
    }
    // What went before was not enough, so at least one of the last group is guilty: it comes last, when the others have been tried.
    this.#doubted = [
      { suspects: group, guilt: 'sure' },
      ...this.#doubted.map((earlier) => ({ ...earlier, guilt: 'open' as const })),
    ];
    return this.#isolate(group);
  }

  /** Half of the likeliest suspects at first, then at least as many as are out of force already. */
  #takeGroup(): readonly Suspect[] {
    const [first = []] = this.#untried;
    const isolated = this.#doubted.flatMap(({ suspects }) => suspects).length;
    const wanted = Math.max(1, isolated, isolated === 0 ? Math.ceil(first.length / 2) : 0);
    const all = this.#untried.flat();
    this.#untried = all.length > wanted ? [all.slice(wanted)] : [];
    return all.slice(0, wanted);
  }

  #tryNext(): readonly ObjectKey[] | undefined {
    const next = this.#doubted.pop();
    if (next === undefined) {
      this.#phase = 'closed';
      return [...this.#guilty];
    }
    // Without its other half it was refused: putting it back would be in vain.
    if (next.guilt !== 'open') {
      this.#doubt(next.suspects);
      return this.#tryNext();
    }
    this.#probe = next;
    this.#acquit(next.suspects.map(({ key }) => key));
    return undefined;
  }

  /** What another case put out of force stays so: of such an object only the version before went. */
  #acquit(keys: readonly ObjectKey[]): void {
    this.#isolation.acquit(keys.filter((key) => this.#known.get(key)?.isQuarantined !== true));
  }

  /** One of these is guilty for certain. */
  #doubt(suspects: readonly Suspect[]): void {
    const [only] = suspects;
    if (suspects.length <= 1) {
      if (only !== undefined) this.#guilty.add(only.key);
      return;
    }
    const half = Math.ceil(suspects.length / 2);
    this.#doubted.push(
      { suspects: suspects.slice(half), guilt: 'twin' },
      { suspects: suspects.slice(0, half), guilt: 'open' },
    );
  }

  #isolate(suspects: readonly Suspect[]): readonly ObjectKey[] {
    const keys = suspects.map(({ key }) => key);
    this.#isolation.isolate(keys, this.because);
    return keys;
  }
}
