import { createListFollower } from '../kit/list-follower.ts';
import { PatchedMap } from '../kit/patched-map.ts';
import { createPieceReader } from './pieces.ts';
import { cutServices } from './service-pieces.ts';
import type { Service } from './service.ts';
import { isVisibleFrom } from './visibility.ts';

/** The services that a namespace may see, in the order in which they claim names. */
export interface VisibleServices {
  readonly list: readonly Service[];
  /** Every service of a hostname: several namespaces may declare one. */
  readonly byHost: HostLookup<readonly [Service, ...Service[]]>;
  /** Whether no hostname has more than one. */
  readonly isUnique: boolean;
}

/** Something by hostname. */
export interface HostLookup<T> {
  get(hostname: string): T | undefined;
}

interface Exports {
  readonly public: readonly Service[];
  readonly restricted: readonly Service[];
  readonly byNamespace: Map<string, VisibleServices>;
}

// Kept on the list itself: a snapshot whose services did not change brings the identical list.
const exportsOf = new WeakMap<readonly Service[], Exports>();

/**
 * What `namespace` sees: services exported to it by name first, then public ones, each in creation order.
 * @see istio pilot/pkg/model/push_context.go `servicesExportedToNamespace`
 */
export function listVisibleServices(services: readonly Service[], namespace: string): VisibleServices {
  const exports = splitExports(services);
  const known = exports.byNamespace.get(namespace);
  if (known !== undefined) return known;
  const restricted = exports.restricted.filter((s) => isVisibleFrom(s.visibility, s.namespace, namespace));
  const list = restricted.length === 0 ? exports.public : [...restricted, ...exports.public];
  const visible: VisibleServices = { list, ...groupByHost(list) };
  exports.byNamespace.set(namespace, visible);
  return visible;
}

function splitExports(services: readonly Service[]): Exports {
  const known = exportsOf.get(services);
  if (known !== undefined) return known;
  const pieces = readExports(services);
  const exports: Exports = {
    public: pieces.flatMap((piece) => piece.public),
    restricted: pieces.flatMap((piece) => piece.restricted),
    byNamespace: new Map(),
  };
  exportsOf.set(services, exports);
  return exports;
}

const readExports = createPieceReader(
  (piece: readonly Service[]) => ({
    public: piece.filter((s) => s.visibility.kind === 'public'),
    restricted: piece.filter((s) => s.visibility.kind === 'private' || s.visibility.kind === 'namespaces'),
  }),
  cutServices,
);

type Group = readonly [Service, ...Service[]];

interface Groups {
  readonly byHost: PatchedMap<string, Group>;
  readonly isUnique: boolean;
}

const groupByHost = createListFollower<Service, Groups>({
  make(list) {
    const byHost = new Map<string, [Service, ...Service[]]>();
    for (const service of list) {
      const group = byHost.get(service.hostname);
      if (group) group.push(service);
      else byHost.set(service.hostname, [service]);
    }
    return { byHost: PatchedMap.of<string, Group>(byHost), isUnique: byHost.size === list.length };
  },
  follow({ byHost, isUnique }, { gone, come }) {
    if (!isUnique) return undefined;
    const changes = new Map<string, Group | undefined>(gone.map(({ hostname }) => [hostname, undefined]));
    for (const service of come) {
      const { hostname } = service;
      const taken = changes.has(hostname) ? changes.get(hostname) : byHost.get(hostname);
      if (taken !== undefined) return undefined;
      changes.set(hostname, [service]);
    }
    return { byHost: byHost.with(changes), isUnique };
  },
});

/**
 * Which of several services of one hostname a client of `namespace` means: its own namespace's, else Kubernetes' before others, else the first.
 */
export function preferService(candidates: readonly [Service, ...Service[]], namespace: string): Service {
  return (
    candidates.find((s) => s.namespace === namespace) ??
    candidates.find((s) => s.registry === 'kubernetes') ??
    candidates[0]
  );
}

const trimmed = new WeakMap<Service, Map<string, Service>>();

/** The same service with only some of its ports; equal questions give the identical value. `undefined` when none of them exists. */
export function trimPorts(service: Service, numbers: readonly number[]): Service | undefined {
  const ports = service.ports.filter((port) => numbers.includes(port.number));
  if (ports.length === 0) return undefined;
  if (ports.length === service.ports.length) return service;
  const variants = trimmed.get(service) ?? new Map<string, Service>();
  trimmed.set(service, variants);
  const key = ports.map((port) => port.number).join(',');
  const known = variants.get(key) ?? { ...service, ports };
  variants.set(key, known);
  return known;
}
