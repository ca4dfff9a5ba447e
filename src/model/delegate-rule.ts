import { isSelectedBy, type Labels } from './object.ts';
import type { StringMatch } from './string-match.ts';
import type { HttpMatch, HttpRoute } from './virtual-service.ts';

/*
 * How a rule that delegates and a rule of its delegate become one.
 * See istio pilot/pkg/model/virtualservice.go `MergeHTTPRoutes`.
 */

/**
 * The rule that matches what both match and does what `inner` does; where `inner` says nothing, `outer` does. `undefined` when some match of
 * `inner` cannot be reached through `outer`.
 */
export function mergeRule(outer: HttpRoute, inner: HttpRoute): HttpRoute | undefined {
  const matches = mergeMatches(outer.matches, inner.matches);
  if (matches === undefined) return undefined;
  // What either rule does not set stays unset: spreading puts only what is there.
  const { action: _, ...inherited } = outer;
  const name = joinNames(outer.name, inner.name);
  return {
    ...inherited,
    ...inner,
    ...(name !== undefined && { name }),
    matches,
    timeout: inner.timeout.kind === 'unset' ? outer.timeout : inner.timeout,
    mirrors: inner.mirrors.length === 0 ? outer.mirrors : inner.mirrors,
  };
}

function mergeMatches(outer: readonly HttpMatch[], inner: readonly HttpMatch[]): readonly HttpMatch[] | undefined {
  if (outer.length === 0) return inner;
  if (inner.length === 0) return outer;
  const merged: HttpMatch[] = [];
  for (const match of inner) {
    const compatible = outer.filter((other) => !isInConflict(other, match));
    if (compatible.length === 0) return undefined;
    merged.push(...compatible.map((other) => mergeMatch(other, match)));
  }
  return merged;
}

function mergeMatch(outer: HttpMatch, inner: HttpMatch): HttpMatch {
  const name = joinNames(outer.name, inner.name);
  return {
    ...outer,
    ...inner,
    ...(name !== undefined && { name }),
    headers: { ...outer.headers, ...inner.headers },
    withoutHeaders: { ...outer.withoutHeaders, ...inner.withoutHeaders },
    queryParams: { ...outer.queryParams, ...inner.queryParams },
    sourceLabels: { ...outer.sourceLabels, ...inner.sourceLabels },
    gateways: inner.gateways.length === 0 ? outer.gateways : inner.gateways,
  };
}

function joinNames(outer: string | undefined, inner: string | undefined): string | undefined {
  return outer && inner ? `${outer}-${inner}` : inner || outer;
}

/** Whether `inner` is not certain to match only what `outer` matches too. */
function isInConflict(outer: HttpMatch, inner: HttpMatch): boolean {
  return (
    isDisjoint(outer.uri, inner.uri) ||
    isDisjoint(outer.scheme, inner.scheme) ||
    isDisjoint(outer.method, inner.method) ||
    isDisjoint(outer.authority, inner.authority) ||
    areDisjoint(outer.headers, inner.headers) ||
    areDisjoint(outer.withoutHeaders, inner.withoutHeaders) ||
    areDisjoint(outer.queryParams, inner.queryParams) ||
    outer.ignoreUriCase !== inner.ignoreUriCase ||
    (outer.port !== undefined && inner.port !== undefined && outer.port !== inner.port) ||
    // A delegate that leaves the namespace open reaches further than the root, so this counts as a conflict in Istio.
    (!!outer.sourceNamespace && outer.sourceNamespace !== inner.sourceNamespace) ||
    !isSelectedBy(outer.sourceLabels, common(inner.sourceLabels, outer.sourceLabels)) ||
    areGatewaysApart(outer.gateways, inner.gateways)
  );
}

type Matches = Readonly<Record<string, StringMatch>>;

function areDisjoint(outer: Matches, inner: Matches): boolean {
  return Object.entries(inner).some(([key, match]) => isDisjoint(outer[key], match));
}

function isDisjoint(outer: StringMatch | undefined, inner: StringMatch | undefined): boolean {
  if (outer === undefined || inner === undefined) return false;
  if (outer.kind === 'exact' && inner.kind === 'exact') return outer.value !== inner.value;
  const isText = inner.kind === 'prefix' || inner.kind === 'exact';
  if (outer.kind === 'prefix' && isText) return !inner.value.startsWith(outer.value);
  // Whether one pattern lies within the other is not to be known, so two patterns never agree.
  return true;
}

/** The part of `labels` whose keys `other` has too. */
function common(labels: Labels, other: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => key in other));
}

function areGatewaysApart(outer: readonly string[], inner: readonly string[]): boolean {
  if (outer.length === 0 || inner.length === 0) return false;
  return outer.length < inner.length || inner.some((gateway) => !outer.includes(gateway));
}
