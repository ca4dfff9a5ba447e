import type { CompileNote } from '../../compile/note.ts';
import type { World } from '../../discovery/world/world.ts';
import type { Finding } from '../../model/idle/finding.ts';
import { listFindings } from '../../model/idle/findings.ts';
import type { Fate, Issue } from '../../model/issue.ts';
import type { ObjectKey } from '../../model/object.ts';
import type { ConnectedProxies } from '../proxy/connected-proxies.ts';
import type { MeshViews } from '../views/mesh-views.ts';
import { KnownWorkloads } from './known-workloads.ts';
import { fateOfIssue, fateOfNote } from './note-fate.ts';

/** What decides about the fates of objects. */
export interface FateParts {
  readonly world: World;
  readonly views: MeshViews;
  readonly proxies: ConnectedProxies;
}

/** Kinds of which a whole one that loses at one proxy may win at another, and then shows in what that is served. */
const PLACED = /^(?:VirtualService|Gateway)\//;

/**
 * What became of every object, as far as anybody can tell: reading it, putting it beside the others, and compiling it for the proxies that are
 * connected.
 *
 * In doubt an object counts as applied. One that shaped anything that a proxy is served is not idle, whatever else speaks for it.
 */
export class MeshFates {
  readonly #parts: FateParts;
  readonly #workloads = new KnownWorkloads();

  constructor(parts: FateParts) {
    this.#parts = parts;
  }

  /** What has no effect, or another than its author may think, among what proxies are served. */
  findings(): readonly Finding[] {
    const { world, views, proxies } = this.#parts;
    const { snapshot } = views;
    const objects = () => Array.from(world.listInForce(), ([, object]) => object);
    const roll = this.#workloads.update(snapshot.workloads, objects, proxies.listServed());
    const { workloads, entries } = roll;
    const found = listFindings({ snapshot, workloads, workloadEntries: entries, proxies: roll.proxies });
    return found.filter(({ object, fate }) => !isIdle(fate) || !views.isShapedBy(object));
  }

  /** Whether anybody is known whom objects may be for: before that, that they wait is no news. */
  get hasWorkloads(): boolean {
    const { world, views, proxies } = this.#parts;
    const objects = () => Array.from(world.listInForce(), ([, object]) => object);
    return this.#workloads.update(views.snapshot.workloads, objects, proxies.listServed()).workloads.length > 0;
  }

  /** The fate of every object that is declared anywhere. */
  all(): ReadonlyMap<ObjectKey, Fate> {
    const { world, views } = this.#parts;
    const findings = Map.groupBy(this.findings(), ({ object }) => object);
    const notes = Map.groupBy(views.notes(), ({ object }) => object);
    const issues = Map.groupBy([...world.listIssues(), ...views.issues()], ({ object }) => object);
    const toFate = (key: ObjectKey, fate: Fate) => {
      if (fate.kind !== 'applied') return fate;
      const reasons = { findings: findings.get(key), notes: notes.get(key), issues: issues.get(key) };
      return this.#choose(key, reasons) ?? fate;
    };
    return new Map([...world.fates()].map(([key, fate]) => [key, toFate(key, fate)]));
  }

  /** What says that the whole object has no effect goes before what says so of a part. */
  #choose(key: ObjectKey, { findings = [], notes = [], issues = [] }: Reasons): Fate | undefined {
    const noted = notes.flatMap((note) => fateOfNote(note) ?? []).map((fate) => this.#soften(key, fate));
    const all = [
      ...findings.flatMap(({ fate }) => fate ?? []),
      ...noted,
      ...issues.flatMap((i) => fateOfIssue(i) ?? []),
    ];
    return all.find((fate) => fate.kind !== 'partly-applied') ?? all[0];
  }

  #soften(key: ObjectKey, fate: Fate): Fate {
    if (!isIdle(fate) || !PLACED.test(key) || !this.#parts.views.isShapedBy(key)) return fate;
    return { kind: 'partly-applied', because: fate.because };
  }
}

interface Reasons {
  readonly findings: readonly Finding[] | undefined;
  readonly notes: readonly CompileNote[] | undefined;
  readonly issues: readonly Issue[] | undefined;
}

function isIdle(fate: Fate | undefined): fate is Extract<Fate, { readonly kind: 'ignored' | 'waiting' | 'shadowed' }> {
  return fate?.kind === 'ignored' || fate?.kind === 'waiting' || fate?.kind === 'shadowed';
}
