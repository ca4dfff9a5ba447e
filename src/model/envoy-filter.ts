import type { Labels, Meta, ObjectKey } from './object.ts';

/** What a patch is applied to; the words of Istio's API. */
export type PatchTarget =
  | 'LISTENER'
  | 'LISTENER_FILTER'
  | 'FILTER_CHAIN'
  | 'NETWORK_FILTER'
  | 'HTTP_FILTER'
  | 'ROUTE_CONFIGURATION'
  | 'VIRTUAL_HOST'
  | 'HTTP_ROUTE'
  | 'CLUSTER'
  | 'EXTENSION_CONFIG'
  | 'BOOTSTRAP';

/** Which side of which proxies a patch concerns. */
export type PatchContext = 'ANY' | 'SIDECAR_INBOUND' | 'SIDECAR_OUTBOUND' | 'GATEWAY' | 'WAYPOINT';

/** What is done with a patch's value; the words of Istio's API. */
export type PatchOperation =
  | 'MERGE'
  | 'MERGE_AND_REPLACE_LIST'
  | 'ADD'
  | 'REMOVE'
  | 'INSERT_BEFORE'
  | 'INSERT_AFTER'
  | 'INSERT_FIRST'
  | 'REPLACE';

/** Names the proxies of a version or with certain node metadata; absent parts match all. */
export interface ProxyMatch {
  /** An RE2 expression that is looked for anywhere in the proxy's version. */
  readonly version?: string;
  /** Node metadata that must be these very strings. */
  readonly metadata: Labels;
}

/** Names listeners and what is in them; absent parts match all. */
export interface ListenerMatch {
  readonly name?: string;
  /** The port of the socket, or in a listener that captures connections the port they were for. */
  readonly port?: number;
  readonly listenerFilter?: string;
  readonly chain?: FilterChainMatch;
}

/** Names filter chains; absent parts match all. */
export interface FilterChainMatch {
  readonly name?: string;
  readonly sni?: string;
  readonly transportProtocol?: string;
  /** All of them must be among those of the chain. */
  readonly applicationProtocols: readonly string[];
  readonly destinationPort?: number;
  readonly filter?: { readonly name: string; readonly subFilter?: string };
}

/** Names route configurations and what is in them; absent parts match all. */
export interface RouteConfigurationMatch {
  readonly name?: string;
  readonly port?: number;
  /** Name of the port of the Gateway's server. */
  readonly portName?: string;
  /** `namespace/name`. */
  readonly gateway?: string;
  readonly virtualHost?: VirtualHostMatch;
}

/** Names virtual hosts, and routes in them; absent parts match all. */
export interface VirtualHostMatch {
  readonly name?: string;
  readonly domain?: string;
  readonly route?: { readonly name?: string; readonly action: 'ANY' | 'ROUTE' | 'REDIRECT' | 'DIRECT_RESPONSE' };
}

/** Names clusters; where there is a name, nothing else counts. */
export interface ClusterMatch {
  readonly name?: string;
  readonly service?: string;
  readonly subset?: string;
  readonly port?: number;
}

/** One patch of an EnvoyFilter. Which of the matches it has, `target` decides. */
export interface EnvoyPatch {
  /** The EnvoyFilter that it is part of. */
  readonly filter: ObjectKey;
  /** Its place in `configPatches`. */
  readonly index: number;
  readonly target: PatchTarget;
  readonly context: PatchContext;
  readonly operation: PatchOperation;
  readonly proxy?: ProxyMatch;
  readonly listener?: ListenerMatch;
  readonly routeConfiguration?: RouteConfigurationMatch;
  readonly cluster?: ClusterMatch;
  /** Envoy's JSON as the user wrote it, checked to be of the target's type; empty for a removal. */
  readonly value: Readonly<Record<string, unknown>>;
}

/** What a policy is attached to, instead of selecting workloads. */
export interface TargetRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  /** Empty: that of the policy. */
  readonly namespace: string;
}

/** One EnvoyFilter. */
export interface EnvoyFilter {
  readonly meta: Meta;
  readonly workloadSelector?: Labels;
  readonly targetRefs: readonly TargetRef[];
  /** Filters of a lower number are applied first, so that those of a higher see what they did. */
  readonly priority: number;
  readonly patches: readonly EnvoyPatch[];
}
