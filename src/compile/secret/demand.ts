import type { EffectiveRule } from '../../model/effective-rule.ts';
import type { GatewayServer } from '../../model/gateway.ts';
import type { Meta } from '../../model/object.ts';
import type { RouterScope } from '../../model/router-scope.ts';
import type { SidecarScope } from '../../model/sidecar-scope.ts';
import type { ClientTls } from '../../model/traffic-policy.ts';
import type { CompileCache } from '../cache.ts';
import { listServicePieces, type ServicePiece } from '../service-rules.ts';
import { CA_SUFFIX, credentialSecretName, MESH_ROOTS, OWN_CERTIFICATE } from '../sds.ts';
import type { SecretRole } from './secret.ts';

/** A secret that some object names. */
export interface SecretDemand {
  /** Its SDS name, `kubernetes://foo`. */
  readonly name: string;
  readonly role: SecretRole;
  /** The object that names it. */
  readonly by: Meta;
  /** Whether that object may hand out what lies in its namespace to proxies of others; absent means that it may. */
  readonly lends?: boolean;
}

/**
 * Every secret that the listeners and clusters of a scope make Envoy ask the control plane for: those of Gateway servers, and those by which
 * DestinationRules originate TLS.
 */
export function listSecretDemands(scope: SidecarScope | RouterScope, cache: CompileCache): readonly SecretDemand[] {
  const demands = new Set<SecretDemand>();
  const servers = scope.kind === 'router' ? scope.gateway.groups.flatMap((group) => [...group.servers]) : [];
  for (const { gateway, server } of servers) {
    for (const demand of cache.call(listServerDemands, gateway.meta, server)) demands.add(demand);
  }
  for (const piece of listServicePieces(scope)) {
    for (const demand of cache.call(listPieceDemands, piece, scope.kind, cache)) demands.add(demand);
  }
  return [...demands];
}

function listPieceDemands({ rules }: ServicePiece, kind: ScopeKind, cache: CompileCache): readonly SecretDemand[] {
  return rules.flatMap((rule) => {
    if (rule === undefined) return [];
    return cache.call(listRuleDemands, rule).filter((demand) => isFor(kind, demand, rule));
  });
}

type ScopeKind = (SidecarScope | RouterScope)['kind'];

/** Sidecars may only fetch what a rule names for chosen workloads, or roots from ConfigMaps. */
function isFor(kind: ScopeKind, { name }: SecretDemand, rule: EffectiveRule): boolean {
  return kind === 'router' || rule.sources[0].workloadSelector !== undefined || name.startsWith('configmap://');
}

function listServerDemands(by: Meta, { tls }: GatewayServer): readonly SecretDemand[] {
  if (tls === undefined || tls.certificate.kind !== 'credential') return [];
  const { names, caName } = tls.certificate;
  const checksClients = tls.mode === 'mutual' || tls.mode === 'optional-mutual';
  return [
    ...names.map((name) => toDemand(name, 'certificate', by)),
    ...(checksClients ? [toDemand(caName ?? `${names[0]}${CA_SUFFIX}`, 'roots', by)] : []),
  ].filter(isServedHere);
}

function listRuleDemands(rule: EffectiveRule): readonly SecretDemand[] {
  const policies = [rule.trafficPolicy, ...rule.subsets.map((subset) => subset.trafficPolicy)];
  const settings = policies.flatMap((policy) => [
    policy?.tls,
    ...[...(policy?.portLevel.values() ?? [])].map((p) => p.tls),
  ]);
  return settings.flatMap((tls) => listClientDemands(rule.sources[0].meta, tls)).filter(isServedHere);
}

function listClientDemands(by: Meta, tls: ClientTls | undefined): readonly SecretDemand[] {
  if (tls?.mode !== 'simple' && tls?.mode !== 'mutual') return [];
  if (!tls.credentialName) return [];
  return [
    ...(tls.mode === 'mutual' ? [toDemand(tls.credentialName, 'certificate', by)] : []),
    ...(tls.insecureSkipVerify ? [] : [toDemand(`${tls.credentialName}${CA_SUFFIX}`, 'roots', by)]),
  ];
}

function toDemand(credentialName: string, role: SecretRole, by: Meta): SecretDemand {
  return { name: credentialSecretName(credentialName), role, by };
}

/** The workload's own identity comes from the agent, and what is marked invalid from nowhere. */
export function isServedHere({ name }: Pick<SecretDemand, 'name'>): boolean {
  return name !== OWN_CERTIFICATE && name !== MESH_ROOTS && !name.startsWith('invalid://');
}
