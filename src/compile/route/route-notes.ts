import type { ObjectKey } from '../../model/object.ts';
import { keyOf } from '../../model/object.ts';
import type { OutboundScope } from '../../model/sidecar-scope.ts';
import type { VirtualService } from '../../model/virtual-service.ts';
import { findDestinationProblem } from '../destination.ts';
import { type CompileNote, NO_NOTES } from '../note.ts';
import { type Caller, listSelectedRules, selectMatches } from './source-match.ts';
import { listRuleDestinations } from './target.ts';

/** Hosts that a VirtualService asked for, by who has them. */
type Losses = Map<string, ObjectKey>;

/** Collects, over one walk of a scope, what users should hear about their VirtualServices. Each fact is told once. */
export class RouteNotes {
  readonly #scope: OutboundScope;
  readonly #seen = new Set<VirtualService>();
  readonly #winners = new Set<VirtualService>();
  readonly #losses = new Map<VirtualService, Losses>();
  readonly #notes: CompileNote[] = [];

  constructor(scope: OutboundScope) {
    this.#scope = scope;
  }

  /** Looks at the destinations of a VirtualService whose routes are served: they are served as written, whether or not they lead anywhere. */
  addDestinations(vs: VirtualService, caller: Caller): void {
    if (this.#seen.has(vs)) return;
    this.#seen.add(vs);
    this.#notes.push(...listDestinationNotes(vs, selectMatches(vs, caller), this.#scope));
  }

  /** A host of `vs` is served somewhere. */
  addHost(vs: VirtualService): void {
    this.#winners.add(vs);
  }

  /** A host of `vs` is not served, because `by` has it. */
  addLostHost(vs: VirtualService, host: string, by: ObjectKey): void {
    const losses: Losses = this.#losses.get(vs) ?? new Map();
    this.#losses.set(vs, losses);
    if (!losses.has(host)) losses.set(host, by);
  }

  /** Everything that was collected. */
  list(): readonly CompileNote[] {
    const lost = [...this.#losses].map(([vs, losses]) => this.#toShadowNote(vs, losses));
    const all = [...this.#notes, ...lost];
    return all.length === 0 ? NO_NOTES : all;
  }

  #toShadowNote(vs: VirtualService, losses: Losses): CompileNote {
    const [by = keyOf(vs.meta)] = losses.values();
    const names = [...losses].map(([host, owner]) => `"${host}" (${owner} has it)`).join(', ');
    const because = `not served for ${names}`;
    const fate = this.#winners.has(vs)
      ? ({ kind: 'partly-applied', because } as const)
      : ({ kind: 'shadowed', by, because } as const);
    return { object: keyOf(vs.meta), code: 'VS_HOST_SHADOWED', message: because, fate };
  }
}

/**
 * What is wrong with the destinations of a VirtualService, seen from a scope. Rules that are not for the caller (`selectMatches`) are none of
 * its business: what they lead to need not be there for it.
 */
export function listDestinationNotes(
  vs: VirtualService,
  sources: string,
  scope: Pick<OutboundScope, 'namespace' | 'serviceByHost' | 'findRuleByHost'>,
): readonly CompileNote[] {
  const notes: CompileNote[] = [];
  for (const destination of new Set(listSelectedRules(vs, sources).flatMap(listRuleDestinations))) {
    const problem = findDestinationProblem(destination, scope);
    if (problem !== undefined) notes.push({ object: keyOf(vs.meta), ...problem });
  }
  return notes.length === 0 ? NO_NOTES : notes;
}
