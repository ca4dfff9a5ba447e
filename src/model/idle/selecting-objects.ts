import type { EnvoyFilter } from '../envoy-filter.ts';
import type { Gateway } from '../gateway.ts';
import { isSelectedBy, keyOf, type Labels, type Meta, type ObjectKey } from '../object.ts';
import type { PeerAuthentication } from '../peer-authentication.ts';
import type { ProxyConfigOverride } from '../proxy-config-override.ts';
import type { Sidecar } from '../sidecar.ts';
import { type Findings, ignored, type Surroundings, toText, waiting } from './finding.ts';
import type { WorkloadRegistry } from './workload-registry.ts';

/** On Gateways that were made of the Gateway API: they are for the proxies of services, not of labels. */
const SERVICES = 'internal.istio.io/gateway-service';

/**
 * Gateways, Sidecars, EnvoyFilters, ProxyConfigs and PeerAuthentications for workloads that nobody knows of, and those that stand behind an older
 * one for the same workloads.
 */
export function findIdleSelections(
  { snapshot }: Surroundings,
  workloads: WorkloadRegistry,
): ReadonlyMap<ObjectKey, Findings> {
  const { gateways, sidecars, envoyFilters, proxyConfigs, peerAuthentications, mesh } = snapshot;
  const found = new Map<ObjectKey, Findings>();
  const put = ({ meta }: { readonly meta: Meta }, findings: Findings) => found.set(keyOf(meta), findings);
  const { rootNamespace, features } = mesh;
  for (const gateway of gateways) {
    const where = features.scopeGatewaysToNamespace ? gateway.meta.namespace : undefined;
    const selector = selectorOfGateway(gateway);
    if (selector && !workloads.has(selector, where)) put(gateway, nobody(selector, where));
  }
  for (const filter of envoyFilters) {
    const where = filter.meta.namespace === rootNamespace ? undefined : filter.meta.namespace;
    const selector = selectorOfFilter(filter);
    if (selector && !workloads.has(selector, where)) put(filter, nobody(selector, where));
  }
  const policies = peerAuthentications.filter((policy) => !isNowhere(policy, rootNamespace));
  for (const policy of peerAuthentications) if (isNowhere(policy, rootNamespace)) put(policy, NOWHERE);
  for (const list of [sidecars.map(toSidecarClaim), proxyConfigs.map(toConfigClaim), policies.map(toPolicyClaim)]) {
    for (const [object, findings] of findBehind(list, workloads)) put(object, findings);
  }
  return found;
}

function selectorOfGateway({ meta, selector }: Gateway): Labels | undefined {
  return meta.annotations[SERVICES] === undefined ? selector : undefined;
}

function selectorOfFilter({ targetRefs, workloadSelector }: EnvoyFilter): Labels | undefined {
  return targetRefs.length === 0 ? workloadSelector : undefined;
}

function nobody(selector: Labels, namespace: string | undefined): Findings {
  const where = namespace === undefined ? '' : ` in namespace "${namespace}"`;
  return waiting('SELECTOR_WITHOUT_WORKLOAD', `no workload is known with labels ${toText(selector)}${where}`);
}

/** An object of which each workload has at most one: the oldest that selects it, else the oldest without a selector. */
interface Claim {
  readonly meta: Meta;
  readonly selector: Labels | undefined;
}

function toSidecarClaim({ meta, workloadSelector: selector }: Sidecar): Claim {
  return { meta, selector };
}

function toConfigClaim({ meta, selector }: ProxyConfigOverride): Claim {
  return { meta, selector };
}

function toPolicyClaim({ meta, selector }: PeerAuthentication): Claim {
  return { meta, selector };
}

/** The root namespace speaks for the mesh, so Istio takes nobody there for a workload that is meant. */
function isNowhere({ meta, selector }: PeerAuthentication, rootNamespace: string): boolean {
  return selector !== undefined && meta.namespace === rootNamespace;
}

const NOWHERE = ignored(
  'SELECTOR_IN_ROOT',
  'one of the root namespace is for the whole mesh: with a selector, it is for nobody',
);

/** @param claims In creation order. */
function* findBehind(claims: readonly Claim[], workloads: WorkloadRegistry): Iterable<readonly [Claim, Findings]> {
  const older = new Map<string, Claim[]>();
  for (const claim of claims) {
    const { meta, selector } = claim;
    const before = older.get(meta.namespace) ?? [];
    older.set(meta.namespace, before);
    // One without labels selects nobody at all, which is told where objects are judged alone.
    if (selector && Object.keys(selector).length === 0 && meta.kind === 'ProxyConfig') continue;
    const first = before.find((other) => isInFrontOf(other, claim));
    before.push(claim);
    if (first !== undefined) yield [claim, behind(first)];
    else if (selector && !workloads.has(selector, meta.namespace)) yield [claim, nobody(selector, meta.namespace)];
  }
}

/** Whether every workload that a claim is for belongs to an older one. */
function isInFrontOf(older: Claim, claim: Claim): boolean {
  if (older.selector === undefined || claim.selector === undefined) return older.selector === claim.selector;
  return isSelectedBy(claim.selector, older.selector);
}

function behind({ meta }: Claim): Findings {
  const by = keyOf(meta);
  const message = `${by} is older and for the same workloads, each of which has one ${meta.kind} only`;
  return [{ code: 'SELECTION_TAKEN', message, fate: { kind: 'shadowed', by, because: message } }];
}
