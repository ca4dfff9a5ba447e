import type { Endpoint } from '../../src/model/endpoint.ts';
import type { InboundScope } from '../../src/model/inbound-scope.ts';
import type { MeshConfig, ProxyConfig } from '../../src/model/mesh-config.ts';
import type { MergedGateway } from '../../src/model/merged-gateway.ts';
import type { ProxyClass } from '../../src/model/proxy-class.ts';
import type { ProxySettings } from '../../src/model/proxy.ts';
import type { DestinationRule } from '../../src/model/destination-rule.ts';
import type { RouterScope } from '../../src/model/router-scope.ts';
import { createRouterScope } from '../../src/model/router-scoping.ts';
import { RuleIndex } from '../../src/model/rule-index.ts';
import type { Service } from '../../src/model/service.ts';
import type { Sidecar } from '../../src/model/sidecar.ts';
import type { SidecarScope } from '../../src/model/sidecar-scope.ts';
import type { ScopeInput } from '../../src/model/scope-input.ts';
import { createSidecarScope } from '../../src/model/sidecar-scoping.ts';
import type { EndpointIndex } from '../../src/model/snapshot.ts';
import type { VirtualService } from '../../src/model/virtual-service.ts';
import { meshConfig, proxyClass } from './mesh.ts';

/** What a proxy class may differ in: parts of `settings`, `capabilities` and `proxyConfig` are filled up. */
export type ProxyOptions = Partial<Omit<ProxyClass, 'settings' | 'capabilities' | 'proxyConfig'>> & {
  readonly settings?: Partial<ProxySettings>;
  readonly capabilities?: Partial<ProxyClass['capabilities']>;
  readonly proxyConfig?: Partial<ProxyConfig>;
};

/** A sidecar in `default` with stock Envoy and an agent. */
export function sidecarClass({ settings, capabilities, proxyConfig, ...rest }: ProxyOptions = {}): ProxyClass {
  const base = proxyClass({ labels: {}, ...rest });
  return {
    ...base,
    capabilities: { ...base.capabilities, identity: 'agent', ...capabilities },
    settings: { ...base.settings, ...settings },
    proxyConfig: { ...base.proxyConfig, ...proxyConfig },
  };
}

/** A gateway in `istio-system` with stock Envoy and an agent. */
export function routerClass(options: ProxyOptions = {}): ProxyClass {
  return sidecarClass({
    type: 'router',
    namespace: 'istio-system',
    dnsDomain: 'istio-system.svc.cluster.local',
    ...options,
  });
}

/** What a scope is made of, each part absent by default. */
export interface ScopeParts {
  readonly mesh?: MeshConfig;
  readonly services?: readonly Service[];
  readonly virtualServices?: readonly VirtualService[];
  readonly destinationRules?: readonly DestinationRule[];
  readonly sidecar?: Sidecar;
  readonly namespace?: string;
  readonly plaintext?: string;
}

/** What sidecars of `default` see. */
export function sidecarScope(parts: ScopeParts = {}): SidecarScope {
  return createSidecarScope(toInput(parts), parts.sidecar);
}

/** What gateways of `istio-system` see. */
export function routerScope(gateway: MergedGateway, parts: ScopeParts = {}): RouterScope {
  return createRouterScope(toInput({ namespace: 'istio-system', ...parts }), gateway);
}

/** The inbound side of a workload of `default` that serves `services` on the numbers of their ports. */
export function inboundScope(services: readonly Service[], rest: Partial<InboundScope> = {}): InboundScope {
  const targets = services.flatMap((service) =>
    service.ports.map((port) => ({
      service,
      port,
      targetPort: typeof port.targetPort === 'number' ? port.targetPort : port.number,
    })),
  );
  return { mesh: meshConfig(), namespace: 'default', targets, ownAddresses: [], findRule: () => undefined, ...rest };
}

/** Endpoints by hostname. */
export function endpointIndex(byHost: Readonly<Record<string, readonly Endpoint[]>> = {}): EndpointIndex {
  return { of: (hostname) => byHost[hostname] ?? [] };
}

/** A ready endpoint of a service's port `http`, 80. */
export function endpoint(address: string, rest: Partial<Endpoint> = {}): Endpoint {
  return {
    address,
    additionalAddresses: [],
    port: 80,
    servicePortName: 'http',
    servicePortNumber: 80,
    labels: {},
    health: 'healthy',
    weight: 1,
    locality: '',
    network: '',
    cluster: 'Kubernetes',
    node: '',
    namespace: 'default',
    workloadName: '',
    canonicalName: '',
    canonicalRevision: '',
    identity: '',
    tlsMode: 'disabled',
    ...rest,
  };
}

function toInput(parts: ScopeParts): ScopeInput {
  const { mesh = meshConfig(), services = [], virtualServices = [], destinationRules = [], plaintext = '' } = parts;
  const rules = new RuleIndex(destinationRules, mesh.rootNamespace);
  return { mesh, services, virtualServices, rules, namespace: parts.namespace ?? 'default', labels: {}, plaintext };
}
