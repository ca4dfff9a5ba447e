import type { RegistryContext } from '../../src/discovery/registry/context.ts';
import { Registry } from '../../src/discovery/registry/registry.ts';
import type { Endpoint } from '../../src/model/endpoint.ts';
import { readObjects, toChanges } from './objects.ts';

/** The registry's settings in a mesh that says nothing. */
export function registryContext(rest: Partial<RegistryContext> = {}): RegistryContext {
  return {
    domainSuffix: 'cluster.local',
    trustDomain: 'cluster.local',
    defaultServiceExportTo: ['*'],
    cluster: 'Kubernetes',
    network: '',
    awaitsPods: false,
    ...rest,
  };
}

/** A registry that holds the objects of a YAML text. */
export function registryOf(yaml: string, context: RegistryContext = registryContext()): Registry {
  const registry = new Registry(context);
  registry.apply(toChanges([], readObjects(yaml)), context);
  return registry;
}

/** An endpoint of namespace `default` of which nothing is known but where it is. */
export function endpoint(address: string, port: number, rest: Partial<Endpoint> = {}): Endpoint {
  return {
    address,
    additionalAddresses: [],
    port,
    servicePortName: 'http',
    servicePortNumber: 80,
    labels: { 'topology.istio.io/cluster': 'Kubernetes' },
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
