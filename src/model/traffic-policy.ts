import type { Labels } from './object.ts';

/** A fraction as users write it: percent, 0 to 100, with up to four decimals meaningful. */
export type Percent = number;

export type SimpleLoadBalancer = 'least-request' | 'round-robin' | 'random' | 'passthrough';

export interface HttpCookie {
  readonly name: string;
  readonly path?: string;
  /** Absent: the cookie is read, never set. Zero: a session cookie. */
  readonly ttlMs?: number;
  readonly attributes?: readonly { readonly name: string; readonly value?: string }[];
}

export type HashKey =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'cookie'; readonly cookie: HttpCookie }
  | { readonly kind: 'source-ip' }
  | { readonly kind: 'query-parameter'; readonly name: string };

export interface ConsistentHash {
  readonly key: HashKey;
  readonly algorithm:
    | { readonly kind: 'ring-hash'; readonly minimumRingSize?: number }
    | { readonly kind: 'maglev'; readonly tableSize?: number };
}

export interface LocalityLbSetting {
  readonly enabled: boolean;
  readonly distribute: readonly { readonly from: string; readonly to: Readonly<Record<string, number>> }[];
  readonly failover: readonly { readonly from: string; readonly to: string }[];
  readonly failoverPriority: readonly string[];
}

/** Keeps traffic in the client's zone; replaces `LocalityLbSetting` where both could apply. */
export interface ZoneAwareLbSetting {
  readonly enabled: boolean;
  readonly failover: readonly { readonly from: string; readonly to: string }[];
  readonly failoverPriority: readonly string[];
  readonly minClusterSize?: number;
}

export interface Warmup {
  readonly durationMs: number;
  readonly minimumPercent?: number;
  readonly aggression?: number;
  /** Written as the deprecated `warmupDurationSecs`, which sets the window and nothing else. */
  readonly legacy: boolean;
}

export interface LoadBalancer {
  /** Absent: nothing was said, which is `least-request` for the cluster but inherits hashing at routes. */
  readonly simple?: SimpleLoadBalancer;
  readonly consistentHash?: ConsistentHash;
  readonly locality?: LocalityLbSetting;
  readonly zoneAware?: ZoneAwareLbSetting;
  readonly warmup?: Warmup;
}

export interface TcpKeepalive {
  readonly probes?: number;
  readonly timeMs?: number;
  readonly intervalMs?: number;
}

/** Absent fields keep the mesh default or Envoy's. Counts of 0 are "not set". */
export interface ConnectionPool {
  readonly tcp?: {
    readonly maxConnections?: number;
    readonly connectTimeoutMs?: number;
    readonly keepalive?: TcpKeepalive;
    readonly maxConnectionDurationMs?: number;
    readonly idleTimeoutMs?: number;
  };
  readonly http?: {
    readonly http1MaxPendingRequests?: number;
    readonly http2MaxRequests?: number;
    readonly maxRequestsPerConnection?: number;
    readonly maxRetries?: number;
    readonly idleTimeoutMs?: number;
    readonly h2UpgradePolicy?: 'upgrade' | 'do-not-upgrade';
    readonly useClientProtocol?: boolean;
    readonly maxConcurrentStreams?: number;
    readonly keepalive?: { readonly intervalMs?: number; readonly timeoutMs?: number };
  };
}

export interface OutlierDetection {
  readonly consecutive5xxErrors?: number;
  readonly consecutiveGatewayErrors?: number;
  readonly splitExternalLocalOriginErrors: boolean;
  readonly consecutiveLocalOriginFailures?: number;
  readonly intervalMs?: number;
  readonly baseEjectionTimeMs?: number;
  readonly maxEjectionPercent?: number;
  readonly minHealthPercent?: number;
  /** HTTP status codes that count as errors; empty means Envoy's own idea of one. */
  readonly httpErrorCodes: readonly string[];
}

export type ClientTls =
  | { readonly mode: 'disable' }
  | { readonly mode: 'istio-mutual'; readonly sni?: string; readonly subjectAltNames: readonly string[] }
  | {
      readonly mode: 'simple' | 'mutual';
      readonly sni?: string;
      readonly subjectAltNames: readonly string[];
      readonly credentialName?: string;
      readonly clientCertificate?: string;
      readonly privateKey?: string;
      readonly caCertificates?: string;
      readonly caCrl?: string;
      readonly insecureSkipVerify: boolean;
    };

export interface Tunnel {
  readonly protocol: 'CONNECT' | 'POST';
  readonly targetHost: string;
  readonly targetPort: number;
}

export interface RetryBudget {
  readonly percent?: Percent;
  readonly minRetryConcurrency?: number;
  readonly budgetIntervalMs?: number;
}

/** The four blocks that a port-level entry replaces as a whole. */
export interface PortTrafficPolicy {
  readonly loadBalancer?: LoadBalancer;
  readonly connectionPool?: ConnectionPool;
  readonly outlierDetection?: OutlierDetection;
  readonly tls?: ClientTls;
}

export interface TrafficPolicy extends PortTrafficPolicy {
  readonly portLevel: ReadonlyMap<number, PortTrafficPolicy>;
  readonly tunnel?: Tunnel;
  readonly proxyProtocol?: 'V1' | 'V2';
  readonly retryBudget?: RetryBudget;
}

export interface Subset {
  readonly name: string;
  readonly labels: Labels;
  readonly trafficPolicy?: TrafficPolicy;
}
