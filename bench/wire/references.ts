import { FieldCursor } from './field-cursor.ts';
import type { ScannedResource } from './response.ts';

/** Fields of `envoy.config.cluster.v3.Cluster`. */
const CLUSTER = { type: 2, edsClusterConfig: 3 } as const;
const EDS_SERVICE_NAME = 2;
const TYPE_EDS = 3;
/** Fields of `Listener`, `FilterChain`, `Filter`, `Any`, `HttpConnectionManager` and `Rds`, from the outside in. */
const LISTENER = { filterChains: 3, defaultFilterChain: 25 } as const;
const CHAIN_FILTERS = 3;
const FILTER_TYPED_CONFIG = 4;
const ANY = { typeUrl: 1, value: 2 } as const;
const HTTP_RDS = 3;
const RDS_NAME = 2;
const HTTP_CONNECTION_MANAGER = Buffer.from('.HttpConnectionManager');

/** The load assignment that a cluster is fed from; `undefined` when it has another source of endpoints. */
export function findEndpointName(bytes: Buffer, cluster: ScannedResource): string | undefined {
  const cursor = new FieldCursor(bytes, cluster.from, cluster.to);
  let isEds = false;
  let name = cluster.name;
  while (cursor.next()) {
    if (cursor.field === CLUSTER.type) isEds = cursor.value === TYPE_EDS;
    else if (cursor.field === CLUSTER.edsClusterConfig) name = findText(cursor.inner(), EDS_SERVICE_NAME) ?? name;
  }
  return isEds ? name : undefined;
}

/** The route configurations that a listener's HTTP connection managers ask for. */
export function listRouteNames(bytes: Buffer, listener: ScannedResource): readonly string[] {
  const names: string[] = [];
  const cursor = new FieldCursor(bytes, listener.from, listener.to);
  while (cursor.next()) {
    const isChain = cursor.field === LISTENER.filterChains || cursor.field === LISTENER.defaultFilterChain;
    if (isChain) collectFromChain(cursor.inner(), names);
  }
  return names;
}

function collectFromChain(chain: FieldCursor, names: string[]): void {
  while (chain.next()) {
    if (chain.field !== CHAIN_FILTERS) continue;
    const filter = chain.inner();
    while (filter.next()) if (filter.field === FILTER_TYPED_CONFIG) collectFromFilter(filter.inner(), names);
  }
}

function collectFromFilter(any: FieldCursor, names: string[]): void {
  let isHttp = false;
  while (any.next()) {
    if (any.field === ANY.typeUrl) isHttp = endsWith(any, HTTP_CONNECTION_MANAGER);
    else if (any.field === ANY.value && isHttp) collectFromHttp(any.inner(), names);
  }
}

function collectFromHttp(http: FieldCursor, names: string[]): void {
  while (http.next()) {
    if (http.field !== HTTP_RDS) continue;
    const name = findText(http.inner(), RDS_NAME);
    if (name !== undefined) names.push(name);
  }
}

function findText(cursor: FieldCursor, field: number): string | undefined {
  while (cursor.next()) if (cursor.field === field) return cursor.text();
  return undefined;
}

function endsWith({ bytes, from, to }: FieldCursor, ending: Buffer): boolean {
  return to - from >= ending.length && bytes.compare(ending, 0, ending.length, to - ending.length, to) === 0;
}
