import type {
  envoy_config_core_v3_CidrRange,
  envoy_config_listener_v3_FilterChain,
  envoy_config_listener_v3_FilterChainMatch,
} from '../../gen/messages.ts';
import { type Cidr, findCidr } from '../../model/cidr.ts';
import { compareText, type ObjectKey } from '../../model/object.ts';
import { uint32Of } from '../wire.ts';

/** Which connections of a listener a filter chain takes. Nothing said means all of them. */
export interface ChainMatch {
  readonly serverNames: readonly string[];
  /** Destination ranges. */
  readonly subnets: readonly string[];
  readonly transportProtocol?: 'raw_buffer' | 'tls';
  readonly applicationProtocols?: readonly string[];
}

/** A filter chain before it has its place in a listener. */
export interface Chain {
  readonly match: ChainMatch;
  /** Without the match: that depends on what else the listener holds. */
  readonly body: envoy_config_listener_v3_FilterChain;
  /** Whose chain it is, to be told when it finds no room; absent for chains that no object asks for by itself. */
  readonly owner?: ObjectKey;
  readonly origins: readonly ObjectKey[];
}

/** Takes every connection. */
export const MATCH_ALL: ChainMatch = { serverNames: [], subnets: [] };

/** The HTTP versions that every proxy takes, as the HTTP inspector names them. */
export const PLAINTEXT_HTTP: readonly string[] = ['http/1.1', 'h2c'];

/** The same where HTTP/1.0 is accepted; else it passes as bytes, since it would only be refused. */
const PLAINTEXT_HTTP_10: readonly string[] = ['http/1.0', ...PLAINTEXT_HTTP];

/** What plaintext HTTP looks like to the HTTP inspector of a proxy. */
export function getPlaintextHttp({ http10 }: { readonly http10: boolean }): readonly string[] {
  return http10 ? PLAINTEXT_HTTP_10 : PLAINTEXT_HTTP;
}

/**
 * A match in one form for all its spellings: server names in lower case and sorted, none when one of them is `*`; ranges masked and sorted, none
 * when one of them holds every IPv4 address. Names and ranges that Envoy cannot match (`*-v1.example.com`) are left out; `undefined` when that
 * leaves nothing to match, because no names at all would be every name.
 */
export function normalizeMatch(match: ChainMatch): ChainMatch | undefined {
  const serverNames = normalizeNames(match.serverNames);
  const subnets = normalizeSubnets(match.subnets);
  return serverNames && subnets && { ...match, serverNames, subnets };
}

function normalizeNames(names: readonly string[]): readonly string[] | undefined {
  if (names.length === 0 || names.includes('*')) return [];
  const usable = names.map((name) => name.toLowerCase()).filter(isServerName);
  return usable.length > 0 ? sortedSet(usable) : undefined;
}

function normalizeSubnets(subnets: readonly string[]): readonly string[] | undefined {
  const ranges = subnets.map(findCidr).filter((cidr) => cidr !== undefined);
  if (subnets.length === 0 || ranges.some(isEverything)) return [];
  return ranges.length > 0 ? sortedSet(ranges.map((cidr) => cidr.key)) : undefined;
}

/**
 * Every IPv4 address counts as every address, and so does `0.0.0.0` without a length. Every IPv6 address stays a range: a listener on the IPv4
 * wildcard sees connections that are not for it.
 * @see istio pilot/pkg/networking/core/listener.go `toFilterChainMatch`
 */
function isEverything({ address }: Cidr): boolean {
  return address === '0.0.0.0';
}

/** Envoy matches whole names, and wildcards that stand for whole first labels. */
function isServerName(name: string): boolean {
  return !name.includes('*') || /^\*\.[^*]+$/.test(name);
}

function sortedSet(items: readonly string[]): readonly string[] {
  return [...new Set(items)].sort(compareText);
}

/** Whether a normalized match takes every connection. */
export function isMatchAll(match: ChainMatch): boolean {
  return (
    match.serverNames.length === 0 &&
    match.subnets.length === 0 &&
    match.transportProtocol === undefined &&
    (match.applicationProtocols ?? []).length === 0
  );
}

/** The match as Envoy writes it; `undefined` for "all". */
export function toFilterChainMatch(match: ChainMatch): envoy_config_listener_v3_FilterChainMatch | undefined {
  if (isMatchAll(match)) return undefined;
  return {
    ...(match.subnets.length > 0 && { prefix_ranges: match.subnets.map(toRange) }),
    ...(match.serverNames.length > 0 && { server_names: match.serverNames }),
    ...(match.transportProtocol && { transport_protocol: match.transportProtocol }),
    ...(match.applicationProtocols && { application_protocols: match.applicationProtocols }),
  };
}

function toRange(subnet: string): envoy_config_core_v3_CidrRange {
  const slash = subnet.lastIndexOf('/');
  return { address_prefix: subnet.slice(0, slash), prefix_len: uint32Of(Number(subnet.slice(slash + 1))) };
}
