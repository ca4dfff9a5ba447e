import type { MessageTypes } from '../../../src/gen/messages.ts';

/** What a proxy holds, decoded, by name. */
export interface HeldConfig {
  readonly clusters: ReadonlyMap<string, MessageTypes['envoy.config.cluster.v3.Cluster']>;
  readonly endpoints: ReadonlyMap<string, MessageTypes['envoy.config.endpoint.v3.ClusterLoadAssignment']>;
  readonly listeners: ReadonlyMap<string, MessageTypes['envoy.config.listener.v3.Listener']>;
  readonly routes: ReadonlyMap<string, MessageTypes['envoy.config.route.v3.RouteConfiguration']>;
  readonly secrets: ReadonlyMap<string, MessageTypes['envoy.extensions.transport_sockets.tls.v3.Secret']>;
}
