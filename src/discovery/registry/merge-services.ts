import { isDeepStrictEqual } from 'node:util';
import { compareText, keyOf, type ObjectKey } from '../../model/object.ts';
import type { Service } from '../../model/service.ts';

/** Declarations of one host in one namespace that count together: the first is the one that matters, ports of the others join it. */
export type ServiceParts = readonly [Service, ...Service[]];

/** A declaration that lost its host to another. */
export interface Shadow {
  readonly loser: ObjectKey;
  readonly winner: ObjectKey;
  readonly host: string;
}

/**
 * Decides who declares a host of a namespace: Kubernetes before ServiceEntries, which must not take over a cluster's services; else the
 * oldest. ServiceEntries that declare the host alike and differ only in ports count together, and so do the Services of several clusters: what
 * that of the first cluster says, which is the one of the configuration or has the first name, holds for all.
 *
 * @param declared All declarations of the host in the namespace, in any order.
 * @see istio pilot/pkg/model/push_context.go `initServiceRegistry`
 */
export function mergeServices(declared: ServiceParts): {
  readonly parts: ServiceParts;
  readonly shadows: readonly Shadow[];
} {
  if (declared.length === 1) return { parts: declared, shadows: [] };
  const sorted = declared.toSorted((a, b) => compareServices(a, b) || compareText(a.meta.name, b.meta.name));
  const [kubernetes] = sorted.filter(isKubernetes).sort(compareClusters);
  const winner = kubernetes ?? sorted[0] ?? declared[0];
  const { joined = [], lost = [] } = Object.groupBy(
    sorted.filter((service) => service !== winner),
    (service) => (isAlike(winner, service) ? 'joined' : 'lost'),
  );
  const shadows = lost.map((loser) => ({ loser: keyOf(loser.meta), winner: keyOf(winner.meta), host: loser.hostname }));
  return { parts: [winner, ...(kubernetes ? joined.sort(compareClusters) : joined)], shadows };
}

/**
 * The parts as one service.
 * @param home Id of the cluster of the configuration.
 */
export function uniteParts(parts: ServiceParts, home: string): Service {
  const [first, ...others] = parts;
  if (first.registry === 'kubernetes') return uniteClusters(parts, home);
  if (others.length === 0) return first;
  const ports = new Map(first.ports.map((port) => [port.number, port]));
  for (const port of others.flatMap((service) => service.ports))
    if (!ports.has(port.number)) ports.set(port.number, port);
  const addresses = [...new Set([first, ...others].flatMap((service) => service.addresses))];
  return { ...first, ports: [...ports.values()], addresses };
}

/** A service that only the cluster of the configuration has is all there is to say of it. */
function uniteClusters([first, ...others]: ServiceParts, home: string): Service {
  if (others.length === 0 && first.meta.cluster === undefined) return first;
  const byCluster = Object.fromEntries(
    [first, ...others].map(({ meta, addresses, selector }) => [
      meta.cluster ?? home,
      { addresses, ...(selector && { selector }) },
    ]),
  );
  const subjectAltNames = [...new Set([first, ...others].flatMap((service) => service.subjectAltNames))];
  return { ...first, subjectAltNames, byCluster };
}

function isKubernetes({ registry }: Service): boolean {
  return registry === 'kubernetes';
}

function compareClusters(a: Service, b: Service): number {
  return compareText(a.meta.cluster ?? '', b.meta.cluster ?? '');
}

/** Istio's order of services: creation time, name (of a ServiceEntry: the host), namespace. */
export function compareServices(a: Service, b: Service): number {
  return a.meta.createdMs - b.meta.createdMs || compareText(a.name, b.name) || compareText(a.namespace, b.namespace);
}

function isAlike(a: Service, b: Service): boolean {
  if (isKubernetes(a) && isKubernetes(b)) return true;
  return (
    a.registry === 'external' &&
    b.registry === 'external' &&
    a.resolution === b.resolution &&
    a.external === b.external &&
    isDeepStrictEqual([a.labels, a.selector, a.visibility], [b.labels, b.selector, b.visibility])
  );
}
