import type {
  envoy_config_core_v3_HealthStatus,
  envoy_config_core_v3_Metadata,
  envoy_config_endpoint_v3_LbEndpoint,
} from '../../gen/messages.ts';
import type { Endpoint, EndpointHealth } from '../../model/endpoint.ts';
import { toAddress } from '../address.ts';
import { structOf } from '../struct.ts';
import { uint32Of } from '../wire.ts';

/** Set on a workload by whoever wants it to take no new sessions. */
const DRAINING_LABEL = 'istio.io/draining';

/** The health that an endpoint is treated by; a label may say that it drains. */
export function findHealth({ health, labels }: Endpoint): EndpointHealth {
  return (labels[DRAINING_LABEL] ?? '') === '' ? health : 'draining';
}

/**
 * Compiles one host of a cluster.
 * @param mtls whether clients will use mTLS to it, as far as the choice is made endpoint by endpoint.
 * @see istio pilot/pkg/xds/endpoints/endpoint_builder.go `buildEnvoyLbEndpoint`
 */
export function compileLbEndpoint(endpoint: Endpoint, mtls: boolean): envoy_config_endpoint_v3_LbEndpoint {
  const { address, port, additionalAddresses, weight } = endpoint;
  const health = HEALTH_STATUS[findHealth(endpoint)];
  return {
    endpoint: {
      address: toAddress(address, port),
      ...(additionalAddresses.length > 0 && {
        additional_addresses: additionalAddresses.map((other) => ({ address: toAddress(other, port) })),
      }),
    },
    ...(health && { health_status: health }),
    metadata: compileMetadata(endpoint, mtls),
    load_balancing_weight: uint32Of(Math.max(1, weight)),
  };
}

const HEALTH_STATUS = {
  unknown: undefined,
  healthy: 'HEALTHY',
  unhealthy: 'UNHEALTHY',
  draining: 'DRAINING',
  terminating: undefined,
} as const satisfies Record<EndpointHealth, envoy_config_core_v3_HealthStatus | undefined>;

function compileMetadata(endpoint: Endpoint, mtls: boolean): envoy_config_core_v3_Metadata {
  return {
    filter_metadata: {
      ...(mtls && { 'envoy.transport_socket_match': structOf({ tlsMode: 'istio' }) }),
      istio: structOf({ workload: describeWorkload(endpoint) }),
    },
  };
}

/** What Istio's telemetry reads of a server that it could not ask; the revision is left out where it says nothing. */
function describeWorkload(endpoint: Endpoint): string {
  const { workloadName, namespace, canonicalName, canonicalRevision, cluster } = endpoint;
  const revision = canonicalRevision === 'latest' ? '' : canonicalRevision;
  return [workloadName, namespace, canonicalName, revision, cluster].join(';');
}
