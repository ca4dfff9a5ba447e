import { isIP } from 'node:net';
import { encodeMessage } from '../../gen/codec.ts';
import type { istio_networking_nds_v1_NameTable_NameInfo as NameInfo } from '../../gen/messages.ts';
import type { Endpoint } from '../../model/endpoint.ts';
import type { Service } from '../../model/service.ts';
import { type AddressViewer, listServiceAddresses } from '../../model/service-address.ts';
import { findHealth } from '../endpoint/lb-endpoint.ts';

/** What of a client the names of the mesh depend on. Interned: equal viewers are the identical value. */
export interface NameViewer extends AddressViewer {
  readonly network: string;
  readonly cluster: string;
}

/** Services of several clusters under one name; their short names would hide those of the cluster's own services. */
const CLUSTER_SET = '.clusterset.local';

const NOTHING = Buffer.alloc(0);

/**
 * The rows of one service in the table of names, encoded as a table of their own; empty when no address of it is known.
 *
 * A service with addresses stands for them, ranges aside. One without is headless and stands for its endpoints, each of which has a row of
 * its own where its Pod has a name within the service.
 * @param endpoints Asked for headless services only.
 * @see istio pkg/dns/server/name_table.go `BuildNameTable`
 */
export function compileNameEntries(service: Service, viewer: NameViewer, endpoints: readonly Endpoint[]): Buffer {
  const addresses = listServiceAddresses(service, viewer);
  if (addresses.length > 0) {
    const ips = addresses.filter(isAddress);
    return ips.length === 0 ? NOTHING : encode(new Map([[service.hostname, toNameInfo(service, ips)]]));
  }
  if (!isHeadless(service)) return NOTHING;
  const reachable = listReachable(service, viewer, endpoints);
  const ips = listAddresses(reachable);
  const rows = new Map(listPodRows(service, viewer, reachable));
  if (ips.length > 0) rows.set(service.hostname, toNameInfo(service, ips));
  return rows.size === 0 ? NOTHING : encode(rows);
}

/** Whether the names of a service depend on its endpoints for a client. */
export function isHeadless({ resolution, ports }: Service): boolean {
  return resolution === 'passthrough' && ports.length > 0;
}

function encode(rows: ReadonlyMap<string, NameInfo>): Buffer {
  return encodeMessage('istio.networking.nds.v1.NameTable', { table: Object.fromEntries(rows) });
}

function toNameInfo({ registry, hostname, meta, namespace }: Service, ips: readonly string[]): NameInfo {
  if (registry === 'external') return { ips: [...ips], registry: 'External' };
  const names = hostname.endsWith(CLUSTER_SET) ? {} : { shortname: meta.name, namespace };
  return { ips: [...ips], registry: 'Kubernetes', ...names };
}

/** Without a gateway in between only endpoints of the same network can be dialled. */
function listReachable(service: Service, { network }: NameViewer, endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const isNear = (endpoint: Endpoint) => network === '' || endpoint.network === '' || endpoint.network === network;
  const isServing = (endpoint: Endpoint) => service.publishNotReady || isHealthy(endpoint);
  return endpoints.filter(
    (endpoint) =>
      isServing(endpoint) && isNear(endpoint) && [endpoint.address, ...endpoint.additionalAddresses].every(isAddress),
  );
}

function isHealthy(endpoint: Endpoint): boolean {
  const health = findHealth(endpoint);
  return health === 'healthy' || health === 'unknown';
}

/**
 * `mysql-0.mysql.db.svc.cluster.local`: one name may be a Pod in several clusters, of which the client's own counts. A Pod of two address
 * families is two endpoints where each family has its own EndpointSlice.
 */
function* listPodRows(
  service: Service,
  { cluster }: NameViewer,
  endpoints: readonly Endpoint[],
): Generator<[string, NameInfo]> {
  const domain = service.hostname.slice(service.hostname.indexOf('.') + 1);
  const isOwn = (endpoint: Endpoint) => cluster === '' || endpoint.cluster === '' || endpoint.cluster === cluster;
  const pods = Map.groupBy(endpoints, ({ podName }) => podName);
  for (const [podName, all] of pods) {
    if (podName === undefined) continue;
    const own = all.filter(isOwn);
    const { namespace, registry } = service;
    yield [
      `${podName}.${domain}`,
      {
        ips: listAddresses(own.length > 0 ? own : all),
        registry: registry === 'kubernetes' ? 'Kubernetes' : 'External',
        shortname: podName,
        namespace,
      },
    ];
  }
}

/** Each address once: an endpoint is listed for every port. */
function listAddresses(endpoints: readonly Endpoint[]): string[] {
  return [...new Set(endpoints.flatMap(({ address, additionalAddresses }) => [address, ...additionalAddresses]))];
}

function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}
