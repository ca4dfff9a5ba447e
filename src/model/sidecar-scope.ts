import type { EffectiveRule } from './effective-rule.ts';
import type { MeshConfig } from './mesh-config.ts';
import type { PlaintextNamespaces } from './peer-policy.ts';
import type { Service } from './service.ts';
import type { Versioned } from './service-pieces.ts';
import type { EgressListener, OutboundTrafficPolicy, Sidecar } from './sidecar.ts';
import type { VirtualService } from './virtual-service.ts';
import type { HostLookup } from './visible-services.ts';

/** What one egress listener imports. Lists are in Istio's order; services are trimmed to the ports the listener sees. */
export interface EgressView {
  readonly listener: EgressListener;
  readonly services: readonly Service[];
  /** Bound to `mesh`, visible, and overlapping an imported host; in the order in which they claim hosts. */
  readonly virtualServices: readonly VirtualService[];
}

/** Finds the rule that governs a service. */
export interface RuleFinder extends Versioned<RuleFinder> {
  (service: Service): EffectiveRule | undefined;
}

/** What both kinds of scope offer to whoever compiles clusters and routes. */
export interface OutboundScope {
  readonly mesh: MeshConfig;
  readonly namespace: string;
  /** Where no client tries mutual TLS by itself. */
  readonly plaintext: PlaintextNamespaces;
  /** Every service in scope, one per hostname: what clusters are made of. */
  readonly services: readonly Service[];
  readonly serviceByHost: HostLookup<Service>;
  /**
   * The service that a gateway takes a destination of a rule of `namespace` for: the one of that namespace where the gateway sees it, since
   * several namespaces may declare one host, else the one in scope.
   * @see istio pilot/pkg/networking/core/gateway.go `buildNameToServiceMapForHTTPRoutes`
   */
  findServiceFor(hostname: string, namespace: string): Service | undefined;
  /** The rule that governs `service` for this scope's clients; equal questions give the identical value. */
  readonly findRule: RuleFinder;
  /** The same, by hostname, for destinations that may be no known service. */
  findRuleByHost(hostname: string): EffectiveRule | undefined;
}

/**
 * The part of the mesh that the sidecars of one namespace (with one Sidecar resource, and the same labels where rules ask for labels) see.
 * Shared by identity between all of them.
 * @see istio pilot/pkg/model/sidecar.go `SidecarScope`
 */
export interface SidecarScope extends OutboundScope {
  readonly kind: 'sidecar';
  readonly sidecar?: Sidecar;
  readonly egress: readonly [EgressView, ...EgressView[]];
  readonly outboundTrafficPolicy: OutboundTrafficPolicy;
}
