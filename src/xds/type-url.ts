/**
 * A resource type's URL, as it travels in `type_url`, for instance
 * `type.googleapis.com/envoy.config.cluster.v3.Cluster`.
 */
export type TypeUrl = string;

/** Type URLs of Envoy's API. */
export const CLUSTER_TYPE = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
export const ENDPOINT_TYPE = 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment';
export const LISTENER_TYPE = 'type.googleapis.com/envoy.config.listener.v3.Listener';
export const ROUTE_TYPE = 'type.googleapis.com/envoy.config.route.v3.RouteConfiguration';
export const EXTENSION_CONFIG_TYPE = 'type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig';
export const SECRET_TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

/** Type URLs of Istio's own resources, which its agent asks for. */
export const NAME_TABLE_TYPE = 'type.googleapis.com/istio.networking.nds.v1.NameTable';
export const PROXY_CONFIG_TYPE = 'type.googleapis.com/istio.mesh.v1alpha1.ProxyConfig';
export const ADDRESS_TYPE = 'type.googleapis.com/istio.workload.Address';
export const WORKLOAD_TYPE = 'type.googleapis.com/istio.workload.Workload';
export const AUTHORIZATION_TYPE = 'type.googleapis.com/istio.security.Authorization';

/** Sent by the agents of virtual machines to report the application's health; never answered. */
export const HEALTH_TYPE = 'type.googleapis.com/istio.v1.HealthInformation';

/** How the protocol treats one resource type. */
export interface TypeTraits {
  /** The short name in metrics and logs; the type URL itself where Istio has no short one. */
  readonly metric: string;
  /** The place within one round of pushes, lowest first. */
  readonly order: number;
  /** Named types serve only names that were asked for: an empty request asks for nothing. */
  readonly named: boolean;
  /** What becomes of removals: told at once, told when no route can need them any more, or never told. */
  readonly removal: 'at once' | 'last' | 'never';
}

const OTHER_ORDER = 100;

/**
 * Make-before-break: clusters and their endpoints go first, then the listeners and routes that use them, and what
 * these no longer use is taken away at the end.
 *
 * ECDS removals are never told, since Envoy mishandles them (envoyproxy/envoy#32823).
 */
const TRAITS: ReadonlyMap<TypeUrl, TypeTraits> = new Map<TypeUrl, TypeTraits>([
  [CLUSTER_TYPE, { metric: 'cds', order: 0, named: false, removal: 'last' }],
  [ENDPOINT_TYPE, { metric: 'eds', order: 1, named: true, removal: 'last' }],
  [LISTENER_TYPE, { metric: 'lds', order: 2, named: false, removal: 'at once' }],
  [ROUTE_TYPE, { metric: 'rds', order: 3, named: true, removal: 'last' }],
  [EXTENSION_CONFIG_TYPE, { metric: 'ecds', order: 4, named: true, removal: 'never' }],
  [SECRET_TYPE, { metric: 'sds', order: 5, named: true, removal: 'last' }],
  [ADDRESS_TYPE, { metric: 'wds', order: 6, named: false, removal: 'at once' }],
  [AUTHORIZATION_TYPE, { metric: 'wads', order: 7, named: false, removal: 'at once' }],
  [NAME_TABLE_TYPE, { metric: 'nds', order: 8, named: false, removal: 'at once' }],
  [PROXY_CONFIG_TYPE, { metric: 'pcds', order: 9, named: false, removal: 'at once' }],
]);

/**
 * The traits of a type, known or not.
 *
 * An unknown type is like Istio's own ones: an empty first request is a wildcard.
 * @see Istio pkg/model/xds.go `GetShortType`, pkg/xds/server.go `IsWildcardTypeURL`, pilot/pkg/xds/ads.go `PushOrder`.
 */
export function getTypeTraits(typeUrl: TypeUrl): TypeTraits {
  return TRAITS.get(typeUrl) ?? { metric: typeUrl, order: OTHER_ORDER, named: false, removal: 'at once' };
}
