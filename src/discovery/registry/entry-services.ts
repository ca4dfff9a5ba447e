import { findCidr, isIpAddress } from '../../model/cidr.ts';
import { boundVisibility } from '../../model/entry-visibility.ts';
import type { Labels } from '../../model/object.ts';
import type { Resolution, Service, ServicePort } from '../../model/service.ts';
import type { ServiceEntry, ServiceEntryPort } from '../../model/service-entry.ts';
import { parseVisibility } from '../../model/visibility.ts';
import type { ClusterContext } from './context.ts';
import { selectTrafficDistribution } from './traffic-distribution.ts';

const CONNECT_STRATEGY = 'istio.io/connect-strategy';

const RESOLUTIONS = {
  none: 'passthrough',
  static: 'eds',
  dns: 'dns',
  'dns-round-robin': 'dns-round-robin',
  'dynamic-dns': 'dynamic-dns',
} as const satisfies Record<ServiceEntry['resolution'], Resolution>;

/**
 * The services that a ServiceEntry declares: one for each of its hosts, with all of its addresses. Addresses that are neither IP nor CIDR are
 * left out, those that a controller allocated are kept apart.
 *
 * @param namespaceLabels Of the ServiceEntry's Namespace, by which settings of the mesh may bound who sees it.
 * @see istio pilot/pkg/serviceregistry/serviceentry/conversion.go `convertServices`
 */
export function toEntryServices(
  entry: ServiceEntry,
  context: ClusterContext,
  namespaceLabels: Labels = {},
): readonly Service[] {
  const { meta, workloadSelector } = entry;
  const exportTo = entry.exportTo.length > 0 ? entry.exportTo : context.defaultServiceExportTo;
  const declared = parseVisibility(exportTo, meta.namespace);
  const { entryVisibility: bounds } = context;
  const isResolved = entry.resolution === 'dns' || entry.resolution === 'dns-round-robin';
  const shared = {
    meta,
    namespace: meta.namespace,
    registry: 'external' as const,
    ports: entry.ports.map(toPort),
    resolution: RESOLUTIONS[entry.resolution],
    external: entry.location === 'mesh-external',
    addresses: [...new Set(entry.addresses.flatMap((address) => toAddress(address) ?? []))],
    visibility: bounds ? boundVisibility(declared, meta.namespace, namespaceLabels, bounds) : declared,
    labels: meta.labels,
    ...(workloadSelector && { selector: workloadSelector }),
    subjectAltNames: entry.subjectAltNames,
    aliases: [],
    headless: false,
    nodeLocal: false,
    trafficDistribution: selectTrafficDistribution(undefined, meta.annotations, {}),
    publishNotReady: false,
    raceConnect: isResolved && meta.annotations[CONNECT_STRATEGY]?.toUpperCase() === 'RACE_FIRST_TCP_CONNECT',
  };
  return [...new Set(entry.hosts)].map((host) => ({
    ...shared,
    hostname: host,
    name: host,
    autoAddresses: entry.allocated.filter((given) => given.host === host).map((given) => given.address),
  }));
}

function toPort(port: ServiceEntryPort): ServicePort {
  const { name, number, protocol, targetPort } = port;
  return { name, number, protocol, ...(targetPort === undefined || targetPort === 0 ? {} : { targetPort }) };
}

/** A range of one address is that address. */
function toAddress(text: string): string | undefined {
  if (isIpAddress(text)) return text;
  const range = findCidr(text);
  if (range === undefined) return undefined;
  const [address = ''] = text.split('/');
  return range.length === (address.includes(':') ? 128 : 32) ? address : text;
}
