import type { Gateway } from '../gateway.ts';
import { exposesHost } from '../gateway-server.ts';
import { resolveDelegates } from '../delegate.ts';
import { keyOf, objectKey, type ObjectKey } from '../object.ts';
import type { Snapshot } from '../snapshot.ts';
import { MESH_GATEWAY, type VirtualService } from '../virtual-service.ts';
import { type Findings, ignored, NO_FINDINGS, partly, waiting } from './finding.ts';
import { type HostRegistry, registryOf } from './host-registry.ts';
import { FindingMemo } from './memo.ts';

/** What VirtualServices are looked at with. */
interface Around {
  /** By the name that rules refer to them by, `namespace/name`. */
  readonly gateways: ReadonlyMap<string, Gateway>;
  /** Gateways that are for nobody who is known. */
  readonly idleGateways: ReadonlySet<ObjectKey>;
  readonly registry: HostRegistry;
  /** Delegates that some rule refers to. */
  readonly used: ReadonlySet<ObjectKey>;
}

const memo = new FindingMemo<VirtualService>();

/**
 * The VirtualServices that act nowhere, or not where they were meant to: bound to Gateways that do not exist, for hosts that
 * neither a service nor their Gateways have, exported to nobody, delegates that nobody refers to.
 *
 * Those that were made of another API are left out: whoever translates tells of what their authors wrote.
 *
 * @param idleGateways Gateways that are for nobody who is known.
 */
export function findIdleVirtualServices(
  snapshot: Snapshot,
  idleGateways: ReadonlySet<ObjectKey>,
): ReadonlyMap<ObjectKey, Findings> {
  const { virtualServices, gateways, services } = snapshot;
  const around: Around = {
    gateways: byName(gateways),
    idleGateways,
    registry: registryOf(services),
    used: usedDelegates(virtualServices),
  };
  const found = new Map<ObjectKey, Findings>();
  for (const vs of virtualServices) {
    if (vs.semantics !== 'istio') continue;
    const isUsed = around.used.has(keyOf(vs.meta));
    // Nearly all rules are for the mesh alone: looking at thousands of them again must cost next to nothing.
    const bound = isMeshOnly(vs) ? NO_GATEWAYS : vs.gateways.flatMap((name) => stateOf(name, around));
    const findings = memo.of(vs, [around.registry, isUsed, ...bound], () => findProblems(vs, around));
    if (findings.length > 0) found.set(keyOf(vs.meta), findings);
  }
  return found;
}

function findProblems(vs: VirtualService, around: Around): Findings {
  const { gateways, idleGateways, used } = around;
  if (vs.visibility.kind === 'none') return ignored('EXPORTED_NOWHERE', 'its exportTo lets nobody see it');
  if (vs.hosts.length === 0) return used.has(keyOf(vs.meta)) ? NO_FINDINGS : UNUSED_DELEGATE;
  const missing = vs.gateways.filter((name) => name !== MESH_GATEWAY && !gateways.has(name));
  const findings = vs.gateways.includes(MESH_GATEWAY) ? findUnknownHosts(vs, around) : NO_FINDINGS;
  if (missing.length === 0)
    return vs.gateways.every((name) => idleGateways.has(keyOfGateway(name))) ? WAITING : findings;
  const message = `there is no Gateway ${missing.map((name) => `"${name}"`).join(', ')}`;
  const isAll = missing.length === vs.gateways.length;
  return [...(isAll ? ignored : partly)('VS_GATEWAY_UNKNOWN', message), ...findings];
}

const UNUSED_DELEGATE = ignored(
  'VS_DELEGATE_UNUSED',
  'it has no hosts, so it acts only through others, and no VirtualService delegates to it',
);

const WAITING: Findings = waiting('VS_GATEWAY_WAITING', 'no workload is known for any of its Gateways').map(
  (finding) => ({
    ...finding,
    isQuiet: true,
  }),
);

const NO_GATEWAYS: readonly unknown[] = [];

function isMeshOnly({ gateways }: VirtualService): boolean {
  return gateways.length === 1 && gateways[0] === MESH_GATEWAY;
}

/** What findings follow from of a Gateway of that name: what it serves, if it exists, and whether nobody listens for it. */
function stateOf(name: string, { gateways, idleGateways }: Around): readonly unknown[] {
  return [gateways.get(name)?.servers, idleGateways.size > 0 && idleGateways.has(keyOfGateway(name))];
}

/** `namespace/name`, as rules refer to a Gateway. */
function keyOfGateway(name: string): ObjectKey {
  const [namespace = '', ...rest] = name.split('/');
  return objectKey('Gateway', namespace, rest.join('/'));
}

/**
 * Sidecars serve a host that no service has on port 80 alone, and only HTTP. One that a Gateway of the rule serves is no mistake: rules for both
 * the mesh and a Gateway have names for callers of either.
 */
function findUnknownHosts(vs: VirtualService, { gateways, registry }: Around): Findings {
  const servers = vs.gateways.flatMap((name) => gateways.get(name)?.servers ?? []);
  const unknown = vs.hosts.filter(
    (host) =>
      registry.find(host).length === 0 && !servers.some((server) => exposesHost(server, host, vs.meta.namespace)),
  );
  if (unknown.length === 0) return NO_FINDINGS;
  const hosts = unknown.map((host) => `"${host}"`).join(', ');
  const where = isMeshOnly(vs) ? 'no service of the mesh' : 'neither a service of the mesh nor any of its Gateways';
  const isServed = vs.http.length > 0 && registry.servesPlainHttp;
  if (isServed) {
    const message = `${where} has host ${hosts}: sidecars serve it on port 80 only`;
    return [{ code: 'VS_HOST_UNKNOWN', message }];
  }
  const message = `${where} has host ${hosts}, and no port serves such hosts`;
  const isAll = unknown.length === vs.hosts.length;
  return (isAll ? ignored : partly)('VS_HOST_UNKNOWN', message);
}

const gatewaysByName = new WeakMap<readonly Gateway[], ReadonlyMap<string, Gateway>>();

function byName(gateways: readonly Gateway[]): ReadonlyMap<string, Gateway> {
  const known =
    gatewaysByName.get(gateways) ?? new Map(gateways.map((one) => [`${one.meta.namespace}/${one.meta.name}`, one]));
  gatewaysByName.set(gateways, known);
  return known;
}

function usedDelegates(virtualServices: readonly VirtualService[]): ReadonlySet<ObjectKey> {
  return new Set(resolveDelegates(virtualServices).virtualServices.flatMap(({ delegates }) => delegates ?? []));
}
