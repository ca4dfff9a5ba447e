import type { EffectiveRule } from '../../model/effective-rule.ts';
import { type Endpoint, listEndpointOrigins } from '../../model/endpoint.ts';
import { keyOf, type ObjectKey } from '../../model/object.ts';
import type { IpMode } from '../../model/proxy.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import { findTrafficPolicy } from '../../model/traffic-policy-resolution.ts';
import { compileLocalities } from '../endpoint/assignment.ts';
import type { Perspective } from '../endpoint/perspective.ts';
import { outboundClusterName, sniClusterName } from '../names.ts';
import type { CompileNote } from '../note.ts';
import { type CompiledResource, toResource } from '../resource.ts';
import { ALL_PORTS, hasPort, listAccounts, listMtlsPorts } from './accounts.ts';
import { findDiscovery, hasClusters } from './discovery.ts';
import { compileOutboundCluster, type Resolved } from './outbound-cluster.ts';
import type { ClusterPlan } from './plan.ts';
import type { ClusterSettings } from './settings.ts';

/** Clusters, and what compiling them brought to light. */
export interface CompiledClusters {
  readonly resources: readonly CompiledResource[];
  readonly notes: readonly CompileNote[];
}

/** What a service's clusters are made of. */
interface ServiceInput {
  readonly settings: ClusterSettings;
  readonly service: Service;
  readonly rule: EffectiveRule | undefined;
  readonly accounts: readonly string[];
  /** On which ports mTLS may be used unasked. */
  readonly mtlsPorts: string;
}

/**
 * Compiles the clusters of a service whose hosts Envoy is told of elsewhere (EDS), or knows (original destinations): no endpoint is an argument,
 * so no endpoint change compiles them again.
 * @param identities what `listIdentities` says of its endpoints.
 * @param mtlsPorts what `listMtlsPorts` says of them, or `ALL_PORTS`.
 */
export function compileServiceClusters(
  settings: ClusterSettings,
  service: Service,
  rule: EffectiveRule | undefined,
  identities: string,
  mtlsPorts: string,
): CompiledClusters {
  const accounts = listAccounts(service, identities, settings.trustDomainAliases);
  const input: ServiceInput = { settings, service, rule, accounts, mtlsPorts };
  return compilePlans(listPlans(input, 'default'), [], () => undefined);
}

/**
 * Compiles the clusters of a service whose hosts Envoy resolves by DNS: they carry their endpoints, so an endpoint change compiles them again.
 * @param perspective what of the client the order and the choice of endpoints depend on.
 * @param ipMode      the families of addresses to resolve.
 */
export function compileDnsClusters(
  settings: ClusterSettings,
  service: Service,
  rule: EffectiveRule | undefined,
  identities: string,
  endpoints: readonly Endpoint[],
  perspective: Perspective,
  ipMode: IpMode,
): CompiledClusters {
  const accounts = listAccounts(service, identities, settings.trustDomainAliases);
  const mtlsPorts = isBlind(service, rule) ? listMtlsPorts(service, endpoints) : ALL_PORTS;
  const input: ServiceInput = { settings, service, rule, accounts, mtlsPorts };
  const behind = listEndpointOrigins(endpoints);
  return compilePlans(listPlans(input, 'default'), behind, ({ port, subset, discovery }) => {
    if (discovery === 'dynamic-dns') return { ipMode, localities: [] };
    const addresses = discovery === 'logical-dns' ? 'one-name' : 'dns';
    const question = { settings, service, port, rule, subset, perspective, addresses, mtlsOnly: false } as const;
    return { ipMode, localities: compileLocalities(endpoints, question) };
  });
}

/** Compiles the clusters behind AUTO_PASSTHROUGH servers: those of EDS once more, by the names that SNI carries. */
export function compileSniClusters(
  settings: ClusterSettings,
  service: Service,
  rule: EffectiveRule | undefined,
): CompiledClusters {
  const plans = listPlans({ settings, service, rule, accounts: [], mtlsPorts: '' }, 'sni-dnat');
  return compilePlans(
    plans.filter(({ discovery }) => discovery === 'eds'),
    [],
    () => undefined,
  );
}

/** Every port of the service, and after each the subsets of its rule, in the rule's order. */
function listPlans(input: ServiceInput, mode: ClusterPlan['mode']): readonly ClusterPlan[] {
  const { service, rule } = input;
  // The hosts of dynamic DNS have no labels to choose by.
  const subsets = service.resolution === 'dynamic-dns' ? [] : (rule?.subsets ?? []).map(({ name }) => name);
  return service.ports
    .filter((port) => hasClusters(service, port))
    .flatMap((port) => ['', ...subsets].flatMap((subset) => toPlan(input, port, subset, mode) ?? []));
}

/** What one cluster is, once the rule is resolved for its port and subset; none for services that have no clusters. */
function toPlan(
  { settings, service, rule, accounts, mtlsPorts }: ServiceInput,
  port: ServicePort,
  subset: string,
  mode: ClusterPlan['mode'],
): ClusterPlan | undefined {
  const policy = findTrafficPolicy(rule, port.number, subset, settings.defaultTrafficPolicy);
  const discovery = findDiscovery(service, settings, policy);
  if (discovery === undefined) return undefined;
  const toName = mode === 'sni-dnat' ? sniClusterName : outboundClusterName;
  const name = toName(service.hostname, port.number, subset);
  const autoMtls = isAutoMtls(settings, service) && hasPort(mtlsPorts, port.number);
  return { settings, service, port, rule, subset, name, mode, policy, discovery, accounts, autoMtls };
}

/** Whether clusters of a service may be ones of original destinations, where mTLS cannot be chosen endpoint by endpoint. */
export function isBlind({ resolution }: Service, rule: EffectiveRule | undefined): boolean {
  // Of the rule only what holds for all ports counts: Istio looks no further, and then uses mTLS whatever is there.
  return resolution === 'passthrough' || rule?.trafficPolicy?.loadBalancer?.simple === 'passthrough';
}

/** Whether mTLS may be used unasked: the server is of the mesh, and this proxy has something to show. */
export function isAutoMtls(settings: ClusterSettings, service: Service): boolean {
  const hasIdentity = settings.identity === 'agent' || settings.clientCertificate !== undefined;
  return settings.enableAutoMtls && hasIdentity && !service.external;
}

/** @param behind The objects behind the hosts that the clusters carry themselves. */
function compilePlans(
  plans: readonly ClusterPlan[],
  behind: readonly ObjectKey[],
  resolve: (plan: ClusterPlan) => Resolved | undefined,
): CompiledClusters {
  const resources: CompiledResource[] = [];
  const notes: CompileNote[] = [];
  for (const plan of plans) {
    const resolved = resolve(plan);
    if (isWithoutHosts(plan, resolved)) {
      notes.push(noteWithoutHosts(plan));
      continue;
    }
    const compiled = compileOutboundCluster(plan, resolved);
    resources.push(
      toResource('envoy.config.cluster.v3.Cluster', plan.name, compiled.cluster, listOrigins(plan, behind)),
    );
    notes.push(...compiled.notes);
  }
  return { resources, notes };
}

function isWithoutHosts({ discovery }: ClusterPlan, resolved: Resolved | undefined): boolean {
  return (discovery === 'strict-dns' || discovery === 'logical-dns') && resolved?.localities.length === 0;
}

function noteWithoutHosts({ name, service }: ClusterPlan): CompileNote {
  return {
    object: keyOf(service.meta),
    code: 'DNS_CLUSTER_WITHOUT_ENDPOINTS',
    message: `cluster ${name} is not sent: there is no endpoint whose name could be resolved`,
  };
}

function listOrigins({ service, rule }: ClusterPlan, behind: readonly ObjectKey[]): readonly ObjectKey[] {
  return [...new Set([...(rule?.sources ?? []).map((source) => keyOf(source.meta)), keyOf(service.meta), ...behind])];
}
