import type { envoy_config_cluster_v3_Filter, envoy_config_core_v3_Metadata } from '../../gen/messages.ts';
import { packAny } from '../../gen/codec.ts';
import type { EffectiveRule } from '../../model/effective-rule.ts';
import type { Service } from '../../model/service.ts';
import { configPath } from '../names.ts';
import { type PlainObject, structOf } from '../struct.ts';
import type { ClusterPlan } from './plan.ts';

/** What Istio's telemetry, `istioctl` and Kiali read in a cluster: which service and which rule it comes from. */
export function compileOutboundMetadata(plan: ClusterPlan): envoy_config_core_v3_Metadata {
  const { rule, service, subset, policy, discovery } = plan;
  const isOriginated = policy.tls?.mode === 'simple' || policy.tls?.mode === 'mutual';
  return istioMetadata({
    // A string, and there even where TLS was not possible: it keeps `istio.alpn` from offering the mesh's protocols to strangers.
    alpn_override: isOriginated ? 'false' : undefined,
    config: rule && rulePath(rule),
    external: service.external && subset === '' ? true : undefined,
    services: discovery === 'dynamic-dns' ? undefined : [serviceMetadata(service)],
    subset: subset === '' ? undefined : subset,
  });
}

/** The path by which a rule is named; of merged ones the first. */
export function rulePath({ sources: [{ meta }] }: EffectiveRule): string {
  return configPath('destination-rule', meta.namespace, meta.name);
}

/** A service as metadata has it. */
export function serviceMetadata({ hostname, name, namespace }: Service): PlainObject {
  return { host: hostname, name, namespace };
}

/** Metadata under Istio's key. */
export function istioMetadata(values: PlainObject): envoy_config_core_v3_Metadata {
  return { filter_metadata: { istio: structOf(values) } };
}

/** Exchanges workload metadata over mTLS connections between istio-proxies; stock Envoy has no such filter. */
export const METADATA_EXCHANGE: envoy_config_cluster_v3_Filter = {
  name: 'istio.metadata_exchange',
  typed_config: packAny('udpa.type.v1.TypedStruct', {
    type_url: 'type.googleapis.com/envoy.tcp.metadataexchange.config.MetadataExchange',
    value: structOf({ protocol: 'istio-peer-exchange', enable_discovery: true }),
  }),
};
