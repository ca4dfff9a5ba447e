import type { Labels } from './object.ts';

/** A fraction as users write it: percent, 0 to 100, with up to four decimals meaningful. */
export type Percent = number;

/** Load balancing without hashing. */
export type SimpleLoadBalancer = 'least-request' | 'round-robin' | 'random' | 'passthrough';

/** A cookie that requests are hashed by. */
export interface HttpCookie {
  readonly name: string;
  readonly path?: string;
  /** Absent: the cookie is read, never set. Zero: a session cookie. */
  readonly ttlMs?: number;
  readonly attributes?: readonly { readonly name: string; readonly value?: string }[];
}

/** What of a request decides about its endpoint. */
export type HashKey =
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'cookie'; readonly cookie: HttpCookie }
  | { readonly kind: 'source-ip' }
  | { readonly kind: 'query-parameter'; readonly name: string };

/** Load balancing that sends equal keys to the same endpoint. */
export interface ConsistentHash {
  readonly key: HashKey;
  readonly algorithm:
    | { readonly kind: 'ring-hash'; readonly minimumRingSize?: number }
    | { readonly kind: 'maglev'; readonly tableSize?: number };
}

/** How traffic is spread over localities, and where it goes when one fails. */
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

/** How slowly a new endpoint is given its full share. */
export interface Warmup {
  readonly durationMs: number;
  readonly minimumPercent?: number;
  readonly aggression?: number;
  /** Written as the deprecated `warmupDurationSecs`, which sets the window and nothing else. */
  readonly legacy: boolean;
}

/** How the endpoints of a cluster share its traffic. */
export interface LoadBalancer {
  /** Absent: nothing was said, which is `least-request` for the cluster but inherits hashing at routes. */
  readonly simple?: SimpleLoadBalancer;
  readonly consistentHash?: ConsistentHash;
  readonly locality?: LocalityLbSetting;
  readonly zoneAware?: ZoneAwareLbSetting;
  readonly warmup?: Warmup;
}

/** Probes of idle connections; absent fields are the operating system's. */
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

/** When an endpoint counts as failing, and for how long it is left out. Times in milliseconds. */
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

/** How a client of the service encrypts. */
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

/** A proxy through which connections are tunnelled. */
export interface Tunnel {
  readonly protocol: 'CONNECT' | 'POST';
  readonly targetHost: string;
  readonly targetPort: number;
}

/** How much of the traffic may be retries. */
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

/** Everything a DestinationRule says of traffic to a service, or to a subset of it. */
export interface TrafficPolicy extends PortTrafficPolicy {
  readonly portLevel: ReadonlyMap<number, PortTrafficPolicy>;
  readonly tunnel?: Tunnel;
  readonly proxyProtocol?: 'V1' | 'V2';
  readonly retryBudget?: RetryBudget;
}

/** Some endpoints of a service, chosen by their labels. */
export interface Subset {
  readonly name: string;
  readonly labels: Labels;
  readonly trafficPolicy?: TrafficPolicy;
}
