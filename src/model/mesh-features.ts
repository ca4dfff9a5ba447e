/**
 * What an operator switches on or off for the whole control plane, beside the settings of the mesh: istiod's environment variables that change
 * what proxies are sent. Read once, at the start.
 * @see istio pilot/pkg/features
 */
export interface MeshFeatures {
  /** A policy that bounds versions, ciphers and curves of all TLS. */
  readonly compliance: CompliancePolicy;
  /** Who calls within the mesh must be of one of its trust domains. */
  readonly checksTrustDomain: boolean;
  /** A Gateway is for workloads of its own namespace only. */
  readonly scopeGatewaysToNamespace: boolean;
  /** Every listener takes HTTP/1.0. */
  readonly http10: boolean;
  /** A sidecar's outbound side believes the address that it sees rather than headers. */
  readonly sidecarUsesRemoteAddress: boolean;
  /** Sidecars balance the endpoints of headless services themselves. */
  readonly edsForHeadless: boolean;
  /** Whether proxies hear of unhealthy endpoints: `auto` unless a rule counts on panic. */
  readonly sendUnhealthy: 'always' | 'auto' | 'never';
  /** Virtual hosts also have their names with a trailing dot. */
  readonly absoluteDomains: boolean;
  /** Localities are weighted whether or not a setting asks for it. */
  readonly localityWeighted: boolean;
  /** The Mongo protocol is read for its statistics. */
  readonly mongoFilter: boolean;
  /** Copies of requests are sent to `host-shadow`. */
  readonly shadowHostSuffix: boolean;
  /** The endpoints of a headless TCP service share one listener, in which each has a filter chain. */
  readonly headlessChains: boolean;
  /** Connections that a listener accepts before it turns to others; 0 leaves it to Envoy. */
  readonly acceptsPerEvent: number;
  /** How long TLS may take to be set up, in milliseconds; 0 is for ever. */
  readonly transportConnectTimeoutMs: number;
  /** A Pod of several addresses is one endpoint with all of them. */
  readonly dualStack: boolean;
}

/** Policies for TLS that Istio knows by these names. */
export type CompliancePolicy = 'none' | 'fips-140-2' | 'pqc';

/** What istiod does where no variable is set. */
export const DEFAULT_FEATURES: MeshFeatures = {
  compliance: 'none',
  checksTrustDomain: true,
  scopeGatewaysToNamespace: false,
  http10: false,
  sidecarUsesRemoteAddress: false,
  edsForHeadless: false,
  sendUnhealthy: 'auto',
  absoluteDomains: true,
  localityWeighted: false,
  mongoFilter: true,
  shadowHostSuffix: false,
  headlessChains: false,
  acceptsPerEvent: 1,
  transportConnectTimeoutMs: 15_000,
  dualStack: false,
};
