import type { Destination, VirtualService } from './virtual-service.ts';

const destinationsOf = new WeakMap<VirtualService, readonly Destination[]>();

/** Every destination a VirtualService may send to, mirrors included; found once per object. */
export function listDestinations(vs: VirtualService): readonly Destination[] {
  const known = destinationsOf.get(vs);
  if (known !== undefined) return known;
  const http = vs.http.flatMap((rule) => [
    ...(rule.action.kind === 'route' ? rule.action.destinations.map((d) => d.destination) : []),
    ...rule.mirrors.map((mirror) => mirror.destination),
  ]);
  const l4 = [...vs.tls, ...vs.tcp].flatMap((rule) => rule.destinations.map((d) => d.destination));
  const all = [...http, ...l4];
  destinationsOf.set(vs, all);
  return all;
}
