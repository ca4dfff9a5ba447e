import type { EffectiveRule } from '../../model/effective-rule.ts';
import type { InboundScope } from '../../model/inbound-scope.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import type { Labels } from '../../model/object.ts';
import type { PeerPolicy, PlaintextNamespaces } from '../../model/peer-policy.ts';
import type { Proxy } from '../../model/proxy.ts';
import type { RuleClient, RuleIndex } from '../../model/rule-index.ts';
import { listServicesIn, type Service } from '../../model/service.ts';
import { listServiceTargets } from '../../model/service-targets.ts';
import type { Sidecar } from '../../model/sidecar.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import { createSidecarScope } from '../../model/sidecar-scoping.ts';
import { findSidecar } from '../../model/sidecar-selection.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { VirtualService } from '../../model/virtual-service.ts';
import type { ServiceTarget } from '../../model/workload.ts';
import { Interned, identityOf } from '../proxy/interned.ts';
import type { ViewQuestion } from './layer.ts';

/** The Sidecar that governs the proxy of `question`. */
export function sidecarOf({ proxy, parts }: ViewQuestion): Sidecar | undefined {
  const { sidecars, mesh } = parts.snapshot;
  return sidecars.length === 0 ? undefined : findSidecar(sidecars, proxy, mesh.rootNamespace);
}

/** The scope of the proxy's outbound side; identical for all proxies of its class under the same Sidecar. */
export function sidecarScopeOf({ proxyClass, parts, cache }: ViewQuestion, sidecar: Sidecar | undefined): SidecarScope {
  const { mesh } = parts.snapshot;
  const { namespace, labels, cluster } = proxyClass;
  const services = listServicesIn(parts.snapshot.services, cluster);
  const { virtualServices, rules, peers } = parts;
  return cache.call(makeScope, mesh, services, virtualServices, rules, namespace, labels, sidecar, peers.plaintext);
}

function makeScope(
  mesh: MeshConfig,
  services: readonly Service[],
  virtualServices: readonly VirtualService[],
  rules: RuleIndex,
  namespace: string,
  labels: Labels,
  sidecar: Sidecar | undefined,
  plaintext: PlaintextNamespaces,
): SidecarScope {
  return createSidecarScope({ mesh, services, virtualServices, rules, namespace, labels, plaintext }, sidecar);
}

const targetLists = new Interned<readonly ServiceTarget[]>();
const knownTargets = new WeakMap<Proxy, TargetsOf & { readonly targets: readonly ServiceTarget[] }>();

/** What the targets of a proxy follow from, besides the proxy itself. */
type TargetsOf = Pick<Snapshot, 'services' | 'endpoints' | 'workloads'>;

/** What the proxy's own workload serves; replicas of a workload get the identical list. */
export function targetsOfProxy(snapshot: Snapshot, proxy: Proxy): readonly ServiceTarget[] {
  const known = knownTargets.get(proxy);
  if (known !== undefined && isSameOrigin(known, snapshot)) return known.targets;
  const listed = listServiceTargets(snapshot, proxy);
  const text = listed.map((t) => `${identityOf(t.service)}:${identityOf(t.port)}:${t.targetPort}`).join();
  const targets = targetLists.get(text, () => listed);
  const { services, endpoints, workloads } = snapshot;
  knownTargets.set(proxy, { services, endpoints, workloads, targets });
  return targets;
}

function isSameOrigin(a: TargetsOf, b: TargetsOf): boolean {
  return a.services === b.services && a.endpoints === b.endpoints && a.workloads === b.workloads;
}

/**
 * The scope of the proxy's inbound side, and a name for it; replicas of a workload share both.
 * Only a Sidecar's ingress ever binds or names the workload's own address, so only then is it part of the scope.
 */
export function inboundScopeOf(
  question: ViewQuestion,
  sidecar: Sidecar | undefined,
): { readonly scope: InboundScope; readonly slot: string } {
  const { proxy, proxyClass, parts, cache } = question;
  const targets = targetsOfProxy(parts.snapshot, proxy);
  // One value, by which the cache knows it again.
  const ownAddresses = sidecar?.ingress === undefined ? '' : proxy.ipAddresses.join();
  const client = cache.call(makeClient, proxyClass.namespace, proxyClass.labels);
  // By content: any change of any policy makes new values of all.
  const policy = JSON.stringify(parts.peers.find(proxy));
  const peers = cache.call(parsePolicy, policy);
  const { mesh } = parts.snapshot;
  const scope = cache.call(makeInboundScope, mesh, parts.rules, client, targets, sidecar, ownAddresses, peers);
  const names = targets.map(({ service, port, targetPort }) => `${service.hostname}:${port.number}:${targetPort}`);
  const about = `${identityOf(proxyClass)} ${nameOf(sidecar)} ${ownAddresses} ${names.join()}`;
  return { scope, slot: `inbound ${about} ${peers.origins.join()}` };
}

function parsePolicy(text: string): PeerPolicy {
  return JSON.parse(text);
}

/** A Sidecar in the name of a slot. */
export function nameOf(sidecar: Sidecar | undefined): string {
  return sidecar === undefined ? '-' : `${sidecar.meta.namespace}/${sidecar.meta.name}`;
}

/** Who asks for rules, as one value. */
export function makeClient(namespace: string, labels: Labels): RuleClient {
  return { namespace, labels };
}

function makeInboundScope(
  mesh: MeshConfig,
  rules: RuleIndex,
  client: RuleClient,
  targets: readonly ServiceTarget[],
  sidecar: Sidecar | undefined,
  ownAddresses: string,
  peers: PeerPolicy,
): InboundScope {
  const found = new Map<Service, EffectiveRule | undefined>();
  return {
    mesh,
    namespace: client.namespace,
    targets,
    ...(sidecar && { sidecar }),
    ownAddresses: ownAddresses === '' ? [] : ownAddresses.split(','),
    peers,
    findRule(service) {
      if (!found.has(service))
        found.set(service, rules.findInbound(service.hostname, service.namespace, client.namespace));
      return found.get(service);
    },
  };
}
