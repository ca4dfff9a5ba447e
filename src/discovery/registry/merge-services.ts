import { isDeepStrictEqual } from 'node:util';
import { compareText, keyOf, type ObjectKey } from '../../model/object.ts';
import type { Service } from '../../model/service.ts';

/** Services of one host and namespace, as one. */
export interface MergedService {
  /** The first is the one that counts; ports of the others join it. */
  readonly parts: readonly [Service, ...Service[]];
}

/** A declaration that lost its host to another. */
export interface Shadow {
  readonly loser: ObjectKey;
  readonly winner: ObjectKey;
  readonly host: string;
}

/** What is left of all declared services, in Istio's order. */
export interface MergedServices {
  readonly merged: readonly MergedService[];
  readonly shadows: readonly Shadow[];
}

/**
 * Decides who declares each host of each namespace: Kubernetes before ServiceEntries, which must not take over a cluster's services; else
 * the oldest. ServiceEntries that declare a host alike and differ only in ports count together.
 * @see istio pilot/pkg/model/push_context.go `initServiceRegistry`
 */
export function mergeServices(declared: Iterable<Service>): MergedServices {
  const byHost = Map.groupBy(
    [...declared].sort(compareServices),
    (service) => `${service.namespace}/${service.hostname}`,
  );
  const merged: MergedService[] = [];
  const shadows: Shadow[] = [];
  for (const services of byHost.values()) {
    const [first, ...others] = services;
    if (first === undefined) continue;
    const winner = services.find((service) => service.registry === 'kubernetes') ?? first;
    const rest = others.length === 0 ? [] : services.filter((service) => service !== winner);
    merged.push({ parts: [winner, ...rest.filter((service) => isAlike(winner, service))] });
    for (const loser of rest.filter((service) => !isAlike(winner, service))) {
      shadows.push({ loser: keyOf(loser.meta), winner: keyOf(winner.meta), host: loser.hostname });
    }
  }
  return { merged: merged.sort((a, b) => compareServices(a.parts[0], b.parts[0])), shadows };
}

/** The merged service itself, before what depends on other hosts is added. */
export function uniteParts([first, ...others]: MergedService['parts']): Service {
  if (others.length === 0) return first;
  const ports = new Map(
    [first, ...others]
      .flatMap((service) => service.ports)
      .toReversed()
      .map((port) => [port.number, port]),
  );
  const added = [...ports.values()].filter((port) => !first.ports.includes(port)).reverse();
  const addresses = [...new Set([first, ...others].flatMap((service) => service.addresses))];
  return { ...first, ports: [...first.ports, ...added], addresses };
}

/** Istio's order of services: creation time, name (of a ServiceEntry: the host), namespace. */
export function compareServices(a: Service, b: Service): number {
  return a.meta.createdMs - b.meta.createdMs || compareText(a.name, b.name) || compareText(a.namespace, b.namespace);
}

function isAlike(a: Service, b: Service): boolean {
  return (
    a.registry === 'external' &&
    b.registry === 'external' &&
    a.resolution === b.resolution &&
    a.external === b.external &&
    isDeepStrictEqual([a.labels, a.selector, a.visibility], [b.labels, b.selector, b.visibility])
  );
}
