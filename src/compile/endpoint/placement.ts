import type { Locality } from '../../model/proxy.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { OutboundScope } from '../../model/sidecar-scope.ts';
import type { CompileCache } from '../cache.ts';
import { listServicePieces, type ServicePiece } from '../service-rules.ts';
import { HOSTNAME_LABEL, REGION_LABEL, SUBZONE_LABEL, ZONE_LABEL } from './locality-setting.ts';
import { findPerspectiveNeeds, type PerspectiveNeeds } from './perspective-needs.ts';
import { type EndpointSettings, getEndpointSettings } from './settings.ts';

/**
 * Where a proxy stands, as far as something in its scope looks at it. A part that nothing looks at is empty, so that proxies of one class share
 * their clusters and assignments wherever they stand. Interned: equal placements are the identical value.
 */
export interface Placement {
  readonly locality: Locality;
  readonly nodeName: string;
}

const LOCALITY_LABELS: ReadonlySet<string> = new Set([REGION_LABEL, ZONE_LABEL, SUBZONE_LABEL]);

const NOWHERE: Locality = { region: '', zone: '', subzone: '' };

/**
 * Reduces where a proxy stands to what its scope looks at: the argument by which `compileClusterLoadAssignments` and the compilers of outbound
 * clusters tell the proxies of a class apart.
 * @param proxy a connected proxy, of the class `proxyClass`.
 */
export function findPlacement(
  scope: OutboundScope,
  proxyClass: ProxyClass,
  proxy: Placement,
  cache: CompileCache,
): Placement {
  const needs = cache.call(listScopeNeeds, scope, getEndpointSettings(scope.mesh, proxyClass, cache), cache);
  const locality = needs.locality ? proxy.locality : NOWHERE;
  const nodeName = needs.nodeName ? proxy.nodeName : '';
  return cache.call(makePlacement, locality.region, locality.zone, locality.subzone, nodeName);
}

function makePlacement(region: string, zone: string, subzone: string, nodeName: string): Placement {
  return { locality: { region, zone, subzone }, nodeName };
}

function listScopeNeeds(
  scope: OutboundScope,
  settings: EndpointSettings,
  cache: CompileCache,
): Pick<PerspectiveNeeds, 'locality' | 'nodeName'> {
  const needs = listServicePieces(scope).map((piece) => cache.call(listPieceNeeds, piece, settings, cache));
  return { locality: needs.some((piece) => piece.locality), nodeName: needs.some((piece) => piece.nodeName) };
}

function listPieceNeeds(
  { services, rules }: ServicePiece,
  settings: EndpointSettings,
  cache: CompileCache,
): Pick<PerspectiveNeeds, 'locality' | 'nodeName'> {
  let [locality, nodeName] = [false, false];
  for (const [i, service] of services.entries()) {
    const needs = cache.call(findPerspectiveNeeds, service, rules[i], settings);
    locality ||= needs.locality || needs.labels.some((label) => LOCALITY_LABELS.has(label));
    nodeName ||= needs.nodeName || needs.labels.includes(HOSTNAME_LABEL);
  }
  return { locality, nodeName };
}
