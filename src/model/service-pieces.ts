import { NO_ENDPOINTS, type Endpoint } from './endpoint.ts';
import { createCutter } from './pieces.ts';
import type { Service } from './service.ts';
import type { EndpointIndex } from './snapshot.ts';

/** Cuts lists of services into pieces, for walks over thousands of them of which few changed. */
export const cutServices = createCutter<Service>();

interface Known {
  readonly endpoints: EndpointIndex;
  readonly lists: readonly (readonly Endpoint[])[];
}

const known = new WeakMap<readonly Service[], readonly Known[]>();

/** A piece is asked about the endpoints of few snapshots at a time. */
const MAX_KNOWN = 4;

/** The endpoints of each service of a piece: the identical list as long as none of them changes, whatever else does. */
export function listPieceEndpoints(
  piece: readonly Service[],
  endpoints: EndpointIndex,
): readonly (readonly Endpoint[])[] {
  const all = known.get(piece) ?? [];
  const before = all.find((one) => one.endpoints === endpoints) ?? all.find((one) => isKin(endpoints, one.endpoints));
  if (before?.endpoints === endpoints) return before.lists;
  const lists = readOnceMore(piece, endpoints, before);
  const others = all.filter((one) => one !== before);
  known.set(piece, [{ endpoints, lists }, ...others].slice(0, MAX_KNOWN));
  return lists;
}

function isKin(endpoints: EndpointIndex, before: EndpointIndex): boolean {
  return endpoints.listChangedSince?.(before) !== undefined;
}

function readOnceMore(
  piece: readonly Service[],
  endpoints: EndpointIndex,
  before: Known | undefined,
): readonly (readonly Endpoint[])[] {
  const changed = before && endpoints.listChangedSince?.(before.endpoints);
  if (before && changed && !hasAny(piece, changed)) return before.lists;
  const lists = readLists(piece, endpoints);
  return before && lists.every((list, i) => list === before.lists[i]) ? before.lists : lists;
}

function readLists(piece: readonly Service[], endpoints: EndpointIndex): readonly (readonly Endpoint[])[] {
  return piece.map(({ hostname, namespace }) => endpoints.of(hostname, namespace) ?? NO_ENDPOINTS);
}

const hosts = new WeakMap<readonly Service[], ReadonlySet<string>>();

function hasAny(piece: readonly Service[], changed: readonly string[]): boolean {
  const own = hosts.get(piece) ?? new Set(piece.map(({ hostname }) => hostname));
  hosts.set(piece, own);
  return changed.some((hostname) => own.has(hostname));
}
