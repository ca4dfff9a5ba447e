import type { MeshConfig } from '../../model/mesh-config.ts';
import type { NetworkGateway } from '../../model/network-gateway.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { CompileCache } from '../cache.ts';

/** All that assignments look at in the mesh's settings and in a proxy's kind. Plain data; equal settings are the identical value. */
export interface EndpointSettings {
  readonly type: 'sidecar' | 'router';
  readonly localityLbSetting?: MeshConfig['localityLbSetting'];
  readonly zoneAwareLbSetting?: MeshConfig['zoneAwareLbSetting'];
  readonly defaultTrafficPolicy?: MeshConfig['defaultTrafficPolicy'];
  readonly clusterLocalHosts: MeshConfig['clusterLocalHosts'];
  readonly networkGateways: readonly NetworkGateway[];
  readonly edsForHeadless: boolean;
  readonly sendUnhealthy: MeshConfig['features']['sendUnhealthy'];
}

/** Narrows the mesh's settings down to what assignments depend on. */
export function getEndpointSettings(mesh: MeshConfig, { type }: ProxyClass, cache: CompileCache): EndpointSettings {
  const { localityLbSetting, zoneAwareLbSetting, clusterLocalHosts, networkGateways = [] } = mesh;
  const { edsForHeadless, sendUnhealthy } = mesh.features;
  // Of the defaults only outlier detection matters: without it nothing ever fails over.
  const outlierDetection = mesh.defaultTrafficPolicy?.outlierDetection;
  const defaultTrafficPolicy = outlierDetection && { outlierDetection };
  return cache.call(
    parseSettings,
    JSON.stringify({
      type,
      localityLbSetting,
      zoneAwareLbSetting,
      defaultTrafficPolicy,
      clusterLocalHosts,
      networkGateways,
      edsForHeadless,
      sendUnhealthy,
    }),
  );
}

function parseSettings(text: string): EndpointSettings {
  return JSON.parse(text);
}
