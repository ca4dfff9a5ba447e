import type { Destination, HttpRoute, VirtualService } from './virtual-service.ts';

const destinationsOf = new WeakMap<VirtualService, Map<string, readonly Destination[]>>();

/**
 * Every destination that a VirtualService may send requests and connections of clients in `namespace` to, mirrors included: rules that are for
 * sources in other namespaces alone send nothing of theirs anywhere. Found once per object and namespace.
 * @see istio pilot/pkg/model/push_context.go `virtualServiceDestinationsFilteredBySourceNamespace`
 */
export function listDestinations(vs: VirtualService, namespace: string): readonly Destination[] {
  const answers = destinationsOf.get(vs) ?? new Map<string, readonly Destination[]>();
  destinationsOf.set(vs, answers);
  // Most rules ask nobody where he is, and have one answer for all.
  const question = vs.http.some(asksForNamespace) ? namespace : '';
  const known = answers.get(question);
  if (known !== undefined) return known;
  const http = vs.http.filter((rule) => isFor(rule, namespace)).flatMap(listRuleDestinations);
  const l4 = [...vs.tls, ...vs.tcp].flatMap((rule) => rule.destinations.map((d) => d.destination));
  const all = [...http, ...l4];
  answers.set(question, all);
  return all;
}

function asksForNamespace({ matches }: HttpRoute): boolean {
  return matches.some(({ sourceNamespace }) => Boolean(sourceNamespace));
}

function isFor({ matches }: HttpRoute, namespace: string): boolean {
  return (
    matches.length === 0 || matches.some(({ sourceNamespace }) => !sourceNamespace || sourceNamespace === namespace)
  );
}

function listRuleDestinations({ action, mirrors }: HttpRoute): readonly Destination[] {
  const routed = action.kind === 'route' ? action.destinations.map(({ destination }) => destination) : [];
  return [...routed, ...mirrors.map(({ destination }) => destination)];
}
