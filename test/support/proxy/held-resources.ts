import type { MessageTypes } from '../../../src/gen/messages.ts';
import type { HeldConfig } from '../simulation/held-config.ts';
import { findSecretNames, isEds, listRouteNames } from './references.ts';
import type { Resource, ResourceType } from './resource-type.ts';

/** Everything that a proxy was sent and took. */
export class HeldResources implements HeldConfig {
  readonly clusters = new Map<string, MessageTypes['envoy.config.cluster.v3.Cluster']>();
  readonly endpoints = new Map<string, MessageTypes['envoy.config.endpoint.v3.ClusterLoadAssignment']>();
  readonly listeners = new Map<string, MessageTypes['envoy.config.listener.v3.Listener']>();
  readonly routes = new Map<string, MessageTypes['envoy.config.route.v3.RouteConfiguration']>();
  readonly secrets = new Map<string, MessageTypes['envoy.extensions.transport_sockets.tls.v3.Secret']>();

  put(resource: Resource): void {
    const { name } = resource;
    switch (resource.type) {
      case 'cds':
        this.clusters.set(name, resource.message);
        return;
      case 'eds':
        this.endpoints.set(name, resource.message);
        return;
      case 'lds':
        this.listeners.set(name, resource.message);
        return;
      case 'rds':
        this.routes.set(name, resource.message);
        return;
      case 'sds':
        this.secrets.set(name, resource.message);
    }
  }

  remove(type: ResourceType, name: string): void {
    this.#mapOf(type).delete(name);
  }

  names(type: ResourceType): readonly string[] {
    return [...this.#mapOf(type).keys()].sort();
  }

  /** What the clusters and listeners refer to, and what has to be asked for by name. */
  listWanted(type: 'eds' | 'rds' | 'sds'): ReadonlySet<string> {
    switch (type) {
      case 'eds':
        return new Set([...this.clusters.values()].filter(isEds).map(toServiceName));
      case 'rds':
        return new Set([...this.listeners.values()].flatMap(listRouteNames));
      case 'sds':
        return new Set([...this.listeners.values(), ...this.clusters.values()].flatMap(findSecretNames));
    }
  }

  #mapOf(type: ResourceType): Map<string, unknown> {
    const maps = {
      cds: this.clusters,
      eds: this.endpoints,
      lds: this.listeners,
      rds: this.routes,
      sds: this.secrets,
    } satisfies Record<ResourceType, Map<string, unknown>>;
    return maps[type];
  }
}

function toServiceName({ name = '', eds_cluster_config }: MessageTypes['envoy.config.cluster.v3.Cluster']): string {
  return eds_cluster_config?.service_name || name;
}
