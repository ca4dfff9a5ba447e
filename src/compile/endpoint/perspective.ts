import type { Labels } from '../../model/object.ts';
import type { IpMode, Locality } from '../../model/proxy.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { CompileCache } from '../cache.ts';
import {
  CLUSTER_LABEL,
  HOSTNAME_LABEL,
  NETWORK_LABEL,
  REGION_LABEL,
  SUBZONE_LABEL,
  ZONE_LABEL,
} from './locality-setting.ts';
import type { PerspectiveNeeds } from './perspective-needs.ts';
import { NO_NEEDS } from './perspective-needs.ts';
import type { Placement } from './placement.ts';

/**
 * What of a client an assignment depends on. A part that does not matter to the assignment is absent, so that clients who differ only in it
 * share the bytes. Interned: equal perspectives are the identical value.
 */
export interface Perspective {
  /** The client's cluster: services that are local to their cluster. */
  readonly cluster?: string;
  /** The client's node: services that are local to their node. */
  readonly nodeName?: string;
  /** Where the client stands: weights and priorities by locality. */
  readonly locality?: Locality;
  /** The client's labels that priorities compare. */
  readonly labels?: Labels;
  /** The client's network, and the families of addresses that it can dial: meshes of several networks. */
  readonly network?: string;
  readonly ipMode?: IpMode;
  /** The networks that the client asked to see. */
  readonly networks?: readonly string[];
}

/** The view of a client to which nothing of itself matters. */
export const NO_PERSPECTIVE: Perspective = {};

/** Reduces a client to what `needs` says that an assignment looks at. */
export function findPerspective(
  needs: PerspectiveNeeds,
  proxy: ProxyClass,
  placement: Placement,
  cache: CompileCache,
): Perspective {
  const { networkView } = proxy.settings;
  if (needs === NO_NEEDS && networkView.length === 0) return NO_PERSPECTIVE;
  const perspective: Perspective = {
    ...(needs.cluster && { cluster: proxy.cluster }),
    ...(needs.nodeName && { nodeName: placement.nodeName }),
    ...(needs.locality && { locality: placement.locality }),
    ...(needs.labels.length > 0 && { labels: pickLabels(needs.labels, proxy, placement) }),
    ...(needs.network && { network: proxy.network, ipMode: proxy.ipMode }),
    ...(networkView.length > 0 && { networks: networkView }),
  };
  return cache.call(parsePerspective, JSON.stringify(perspective));
}

function parsePerspective(text: string): Perspective {
  return JSON.parse(text);
}

function pickLabels(keys: readonly string[], proxy: ProxyClass, placement: Placement): Labels {
  const known = listTopologyLabels(proxy, placement);
  const picked: Record<string, string> = {};
  for (const key of keys) {
    const value = proxy.labels[key] ?? known[key];
    if (value !== undefined && value !== '') picked[key] = value;
  }
  return picked;
}

/** What a proxy is, in the labels by which rules may ask for it, whether or not its workload carries them. */
function listTopologyLabels({ cluster, network }: ProxyClass, { locality, nodeName }: Placement): Labels {
  return {
    [CLUSTER_LABEL]: cluster,
    [NETWORK_LABEL]: network,
    [REGION_LABEL]: locality.region,
    [ZONE_LABEL]: locality.zone,
    [SUBZONE_LABEL]: locality.subzone,
    [HOSTNAME_LABEL]: nodeName,
  };
}
