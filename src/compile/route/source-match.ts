import { isSelectedBy, type Labels } from '../../model/object.ts';
import type { HttpMatch, HttpRoute, VirtualService } from '../../model/virtual-service.ts';
import { matchesOf } from './http-route.ts';

/** Who asks, and through what: what `gateways`, `sourceLabels` and `sourceNamespace` of a match are compared with. */
export interface Caller {
  /** `mesh`, or `namespace/name` of a Gateway. */
  readonly gateway: string;
  readonly labels: Labels;
  readonly namespace: string;
}

/**
 * Which matches of a VirtualService apply to a caller: one `1` or `0` per rule and match in order, empty when no match asks. As text, because
 * callers for whom the same matches apply share the routes.
 *
 * A match that names gateways is decided by them alone: its source conditions are not looked at then.
 * @see istio pilot/pkg/networking/core/route/route.go `sourceMatchHTTP`
 */
export function selectMatches(vs: VirtualService, caller: Caller): string {
  if (!asksForSource(vs)) return '';
  return vs.http.flatMap((rule) => matchesOf(rule).map((match) => (isFor(match, caller) ? '1' : '0'))).join('');
}

/** The rules of a VirtualService of which some match applies, as `selectMatches` has it. */
export function listSelectedRules(vs: VirtualService, sources: string): readonly HttpRoute[] {
  if (!sources.includes('0')) return vs.http;
  let position = 0;
  return vs.http.filter((rule) => {
    const start = position;
    position += matchesOf(rule).length;
    return sources.slice(start, position).includes('1');
  });
}

const askers = new WeakMap<VirtualService, boolean>();

function asksForSource(vs: VirtualService): boolean {
  const known = askers.get(vs);
  if (known !== undefined) return known;
  const asks = vs.http.some((rule) => rule.matches.some(hasSourceCondition));
  askers.set(vs, asks);
  return asks;
}

function hasSourceCondition({ gateways, sourceLabels, sourceNamespace }: HttpMatch): boolean {
  return gateways.length > 0 || sourceNamespace !== undefined || Object.keys(sourceLabels).length > 0;
}

function isFor(match: HttpMatch | undefined, caller: Caller): boolean {
  if (match === undefined) return true;
  if (match.gateways.length > 0) return match.gateways.includes(caller.gateway);
  const { sourceLabels, sourceNamespace } = match;
  return isSelectedBy(caller.labels, sourceLabels) && (!sourceNamespace || sourceNamespace === caller.namespace);
}
