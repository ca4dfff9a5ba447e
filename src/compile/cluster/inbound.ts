import type { InboundScope } from '../../model/inbound-scope.ts';
import { keyOf } from '../../model/object.ts';
import type { IpMode } from '../../model/proxy.ts';
import type { ServicePort } from '../../model/service.ts';
import type { IngressListener } from '../../model/sidecar.ts';
import type { ConnectionPool } from '../../model/traffic-policy.ts';
import type { ServiceTarget } from '../../model/workload.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { CompileCache } from '../cache.ts';
import { NO_NOTES } from '../note.ts';
import type { CompiledResource } from '../resource.ts';
import { compileInboundCluster, type InboundBackend } from './inbound-cluster.ts';
import type { CompiledClusters } from './service-clusters.ts';
import { type ClusterSettings, getClusterSettings } from './settings.ts';
import { compileInboundPassthrough } from './special.ts';

/**
 * Compiles the clusters through which a sidecar reaches its own workload: one for each port that services or a Sidecar's ingress name, and the
 * one for all other ports. A proxy that captures nothing (`NONE`) has only what a Sidecar's ingress names.
 * @see istio pilot/pkg/networking/core/cluster.go `buildInboundClusters`
 */
export function compileInboundClusters(scope: InboundScope, proxy: ProxyClass, cache: CompileCache): CompiledClusters {
  const settings = getClusterSettings(scope.mesh, proxy, cache);
  const gathering: Gathering = { scope, proxy, settings, cache };
  const { ingress } = scope.sidecar ?? {};
  const own = ingress ? ingress.map((listener) => gatherIngress(gathering, listener)) : gatherTargets(gathering);
  const resources = [...own, cache.call(compileInboundPassthrough, settings, proxy.ipMode)];
  return { resources: withoutRepeatedNames(resources), notes: NO_NOTES };
}

/** What the inbound clusters of a workload are gathered from. */
interface Gathering {
  readonly scope: InboundScope;
  readonly proxy: ProxyClass;
  readonly settings: ClusterSettings;
  readonly cache: CompileCache;
}

/** One cluster per port of the workload; of the services that share it the oldest says how it is spoken to. */
function gatherTargets(gathering: Gathering): readonly CompiledResource[] {
  const { scope, proxy, settings } = gathering;
  if (proxy.interception === 'NONE') return [];
  const byPort = new Map<number, ServiceTarget[]>();
  for (const target of scope.targets) {
    if (target.port.protocol === 'udp') continue;
    const sharing = byPort.get(target.targetPort);
    if (sharing) sharing.push(target);
    else byPort.set(target.targetPort, [target]);
  }
  return [...byPort].flatMap(([port, sharing]) => {
    const [first] = sharing;
    if (first === undefined) return [];
    const localhost = proxy.ipMode === 'ipv6' ? '::1' : '127.0.0.1';
    const backend: InboundBackend = settings.inboundToLocalhost
      ? { kind: 'address', address: localhost, port, bound: false }
      : { kind: 'original' };
    return [gather(gathering, { number: port, port: first.port, backend, sharing })];
  });
}

/** One port of the workload's inbound side, before it is compiled. */
interface InboundPort {
  /** What the cluster is named by. */
  readonly number: number;
  readonly port: ServicePort;
  readonly backend: InboundBackend;
  /** Services behind the port, the oldest first; empty for a port that no service has. */
  readonly sharing: readonly ServiceTarget[];
  readonly pool?: ConnectionPool | undefined;
}

/** Compiles a port, or finds what came of the identical one before. */
function gather({ scope, proxy, settings, cache }: Gathering, inbound: InboundPort): CompiledResource {
  const { number, port, backend, sharing, pool = scope.sidecar?.inboundConnectionPool } = inbound;
  const [first] = sharing;
  const { sidecar } = scope;
  const isShaped = sidecar?.ingress !== undefined || sidecar?.inboundConnectionPool !== undefined;
  const services = sharing.filter((target) => target.port.number === first?.port.number).map(({ service }) => service);
  return cache.call(
    compileInboundCluster,
    settings,
    proxy.ipMode,
    number,
    port,
    cache.call(parseBackend, JSON.stringify(backend)),
    pool,
    first && scope.findRule(first.service),
    isShaped ? keyOf(sidecar.meta) : undefined,
    ...new Set(services),
  );
}

// By content, so that it is an argument that the cache knows again.
function parseBackend(text: string): InboundBackend {
  return JSON.parse(text);
}

function gatherIngress(gathering: Gathering, listener: IngressListener): CompiledResource {
  const { scope, cache } = gathering;
  const { number, name, protocol } = listener.port;
  const serving = scope.targets.find((target) => target.targetPort === number);
  return gather(gathering, {
    number,
    // The listener's protocol holds, not the service's.
    port: cache.call(makePort, name, number, protocol),
    backend: findBackend(gathering, listener),
    sharing: serving ? [serving] : [],
    pool: listener.connectionPool,
  });
}

function makePort(name: string, number: number, protocol: ServicePort['protocol']): ServicePort {
  return { name, number, protocol };
}

/** Where a Sidecar's ingress sends what it took. Only what goes to loopback needs no address that capture lets pass. */
function findBackend({ scope, settings, proxy }: Gathering, listener: IngressListener): InboundBackend {
  const { defaultEndpoint: endpoint } = listener;
  if (endpoint === undefined) {
    if (!settings.inboundToLocalhost && proxy.interception !== 'NONE') return { kind: 'original' };
    const address = proxy.ipMode === 'ipv6' ? '::1' : '127.0.0.1';
    return { kind: 'address', address, port: listener.port.number, bound: false };
  }
  if (endpoint.kind === 'unix') return { kind: 'pipe', path: endpoint.path };
  const { address, port } = endpoint;
  if (address === '127.0.0.1' || address === '::1') {
    return { kind: 'address', address: findLoopback(address, proxy.ipMode), port, bound: false };
  }
  return { kind: 'address', address: findOwn(address, scope), port, bound: true };
}

/**
 * The workload's own address of the family that is written. Where it has none of it, its first: Istio would go to a loopback address there,
 * of a family that the workload does not have.
 */
function findOwn(written: '0.0.0.0' | '::', { ownAddresses }: InboundScope): string {
  const isMeant = (own: string) => own.includes(':') === (written === '::');
  return ownAddresses.find(isMeant) ?? ownAddresses[0] ?? '';
}

/** Loopback as it is meant: of the family that is written where the workload has it, else of the one that it has. */
function findLoopback(written: '127.0.0.1' | '::1', ipMode: IpMode): string {
  if (ipMode === 'dual') return written;
  return ipMode === 'ipv6' ? '::1' : '127.0.0.1';
}

/** Two listeners of a Sidecar may serve one port on different addresses: the first names the cluster. */
function withoutRepeatedNames(resources: readonly CompiledResource[]): readonly CompiledResource[] {
  const names = new Set<string>();
  return resources.filter(({ name }) => !names.has(name) && names.add(name));
}
