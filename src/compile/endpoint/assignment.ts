import type {
  envoy_config_endpoint_v3_ClusterLoadAssignment,
  envoy_config_endpoint_v3_LocalityLbEndpoints,
} from '../../gen/messages.ts';
import type { EffectiveRule } from '../../model/effective-rule.ts';
import type { Endpoint } from '../../model/endpoint.ts';
import type { Labels } from '../../model/object.ts';
import type { Service, ServicePort } from '../../model/service.ts';
import type { ClientTls } from '../../model/traffic-policy.ts';
import { findEndpointTls, findTrafficPolicy } from '../../model/traffic-policy-resolution.ts';
import { listChosenEndpoints } from './filter.ts';
import { compileLbEndpoint } from './lb-endpoint.ts';
import { balanceLocalities } from './locality-balancing.ts';
import { compileLocalityGroup, groupByLocality } from './locality-group.ts';
import { findLocalityLb, type MeshLocalityLb } from './locality-setting.ts';
import type { Perspective } from './perspective.ts';
import type { EndpointSettings } from './settings.ts';
import { splitHorizon } from './split-horizon.ts';

/** Whose endpoints one cluster has, and for whom. */
export interface AssignmentQuestion {
  readonly settings: MeshLocalityLb &
    Pick<EndpointSettings, 'defaultTrafficPolicy' | 'networkGateways' | 'sendUnhealthy'>;
  readonly service: Service;
  readonly port: ServicePort;
  readonly rule: EffectiveRule | undefined;
  /** Empty for the whole service. */
  readonly subset: string;
  readonly perspective: Perspective;
  /** `one-name` is DNS of which only the first host counts, as LOGICAL_DNS has it; where it stands is of no account then. */
  readonly addresses: 'eds' | 'dns' | 'one-name';
  /** Only hosts that mTLS will be used to: behind an AUTO_PASSTHROUGH gateway nothing else can be told apart. */
  readonly mtlsOnly: boolean;
}

/** Compiles the hosts of a cluster by locality; empty when it has none. */
export function compileLocalities(
  endpoints: readonly Endpoint[],
  question: AssignmentQuestion,
): readonly envoy_config_endpoint_v3_LocalityLbEndpoints[] {
  const { settings, service, port, rule, subset, perspective, addresses, mtlsOnly } = question;
  const policy = findTrafficPolicy(rule, port.number, subset, settings.defaultTrafficPolicy);
  const labels = findSubsetLabels(rule, subset);
  const tls = findEndpointTls(rule, port.number, subset);
  const { sendUnhealthy } = settings;
  const choice = { service, port, labels, policy, perspective, addresses, sendUnhealthy };
  const members = listChosenEndpoints(endpoints, choice)
    .map((endpoint) => ({ endpoint, mtls: isMtlsUsed(endpoint, tls) }))
    .filter(({ mtls }) => mtls || !mtlsOnly)
    .map(({ endpoint, mtls }) => ({ endpoint, message: compileLbEndpoint(endpoint, mtls) }));
  if (addresses === 'one-name') return groupByLocality(members.slice(0, 1)).map(compileLocalityGroup);
  const groups = splitHorizon(groupByLocality(members), settings.networkGateways, perspective);
  const locality = findLocalityLb(policy.loadBalancer, service, settings);
  const balanced = locality
    ? balanceLocalities(groups, locality, perspective, policy.outlierDetection !== undefined)
    : groups;
  return balanced.map(compileLocalityGroup);
}

/** Compiles the answer to EDS for one cluster. Without hosts it is an answer too: the cluster is then known to have none. */
export function compileAssignment(
  name: string,
  endpoints: readonly Endpoint[],
  question: AssignmentQuestion,
): envoy_config_endpoint_v3_ClusterLoadAssignment {
  const localities = compileLocalities(endpoints, question);
  return { cluster_name: name, ...(localities.length > 0 && { endpoints: localities }) };
}

/**
 * Whether clients are told that an endpoint takes mTLS: its own proxy has to be able to; then a rule decides, and without one the server's policy.
 * @see istio pilot/pkg/xds/endpoints/mtls_checker.go `checkMtlsEnabled`; pilot/pkg/networking/util/util.go `AppendLbEndpointMetadata`
 */
function isMtlsUsed(endpoint: Endpoint, tls: ClientTls | undefined): boolean {
  return tls?.mode === 'istio-mutual'
    ? endpoint.tlsMode !== 'disabled'
    : tls === undefined && endpoint.tlsMode === 'istio';
}

/** A subset that the rule does not declare, or that has no labels, is every endpoint. */
function findSubsetLabels(rule: EffectiveRule | undefined, name: string): Labels | undefined {
  return name === '' ? undefined : rule?.subsets.find((subset) => subset.name === name)?.labels;
}
