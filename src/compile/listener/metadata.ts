import type { envoy_config_core_v3_Metadata } from '../../gen/messages.ts';
import type { Meta } from '../../model/object.ts';
import { configPath } from '../names.ts';
import { structOf } from '../struct.ts';

/** Names the object that a filter chain comes from, as Istio's telemetry and `istioctl` read it. */
export function compileConfigMetadata(
  kind: 'virtual-service' | 'sidecar',
  { namespace, name }: Meta,
): envoy_config_core_v3_Metadata {
  return { filter_metadata: { istio: structOf({ config: configPath(kind, namespace, name) }) } };
}
