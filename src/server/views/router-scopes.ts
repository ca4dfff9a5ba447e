import { mergeGateways } from '../../model/gateway-merge.ts';
import { selectGateways } from '../../model/gateway-selection.ts';
import type { Gateway } from '../../model/gateway.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import type { Labels } from '../../model/object.ts';
import type { PlaintextNamespaces } from '../../model/peer-policy.ts';
import type { MergedGateway } from '../../model/merged-gateway.ts';
import type { RouterScope } from '../../model/router-scope.ts';
import { createRouterOutbound, toRouterScope } from '../../model/router-scoping.ts';
import type { RuleClient, RuleIndex } from '../../model/rule-index.ts';
import { listServicesIn, type Service } from '../../model/service.ts';
import type { OutboundScope } from '../../model/sidecar-scope.ts';
import type { VirtualService } from '../../model/virtual-service.ts';
import type { ServiceTarget } from '../../model/workload.ts';
import { Interned, identityOf } from '../proxy/interned.ts';
import type { ViewQuestion } from './layer.ts';
import { makeClient, targetsOfProxy } from './scopes.ts';

const labelSets = new Interned<Labels>();

/**
 * The scope of a gateway, and a name for it. Gateways are selected by all labels of the proxy, so proxies share a scope when their labels are
 * the same and services send the same ports to them.
 */
export function routerScopeOf(question: ViewQuestion): { readonly scope: RouterScope; readonly slot: string } {
  const { proxy, proxyClass, parts, cache } = question;
  const { mesh, gateways } = parts.snapshot;
  const services = listServicesIn(parts.snapshot.services, proxyClass.cluster);
  const targets = targetsOfProxy(parts.snapshot, proxy);
  const text = JSON.stringify(Object.entries(proxy.labels).sort());
  const labels = labelSets.get(text, () => proxy.labels);
  const client = cache.call(makeClient, proxyClass.namespace, proxyClass.labels);
  const selected = cache.call(
    listSelected,
    gateways,
    labels,
    targets,
    mesh.features.scopeGatewaysToNamespace ? proxy.namespace : '',
  );
  const outbound = cache.call(makeOutbound, mesh, services, parts.rules, client, parts.peers.plaintext);
  const gateway = cache.call(mergeSelected, selected);
  const scope = cache.call(makeRouterScope, outbound, gateway, parts.virtualServices);
  return { scope, slot: `router ${identityOf(proxyClass)} ${text}` };
}

/** Gateways as one workload merges them. */
interface Selected {
  readonly gateways: readonly Gateway[];
  readonly labels: Labels;
  readonly targets: readonly ServiceTarget[];
}

const selections = new Interned<Selected>();

/** Identical while the Gateways that apply are: a Gateway of somebody else's changes nothing here. */
function listSelected(
  gateways: readonly Gateway[],
  labels: Labels,
  targets: readonly ServiceTarget[],
  onlyNamespace: string,
): Selected {
  const possible = onlyNamespace === '' ? gateways : gateways.filter(({ meta }) => meta.namespace === onlyNamespace);
  const applying = selectGateways(possible, { labels, targets }).map(({ gateway }) => gateway);
  const text = [...applying, labels, targets].map(identityOf).join();
  return selections.get(text, () => ({ gateways: applying, labels, targets }));
}

function mergeSelected(selected: Selected): MergedGateway {
  return mergeGateways(selected.gateways, selected);
}

function makeOutbound(
  mesh: MeshConfig,
  services: readonly Service[],
  rules: RuleIndex,
  { namespace, labels }: RuleClient,
  plaintext: PlaintextNamespaces,
): OutboundScope {
  return createRouterOutbound({ mesh, services, rules, namespace, labels, plaintext });
}

function makeRouterScope(
  outbound: OutboundScope,
  gateway: MergedGateway,
  virtualServices: readonly VirtualService[],
): RouterScope {
  return toRouterScope(outbound, gateway, virtualServices);
}
