import type {
  envoy_config_listener_v3_FilterChain as FilterChain,
  envoy_config_listener_v3_FilterChainMatch as FilterChainMatch,
  envoy_config_listener_v3_Listener as Listener,
  envoy_config_listener_v3_ListenerFilterChainMatchPredicate as Predicate,
} from '../../../src/gen/messages.ts';
import { findCidr } from '../../../src/model/cidr.ts';
import type { Connection } from './connection.ts';

/** One step of Envoy's search: how well a chain fits; `undefined` when it does not, 0 when it says nothing. */
type Rating = (match: FilterChainMatch, connection: Connection) => number | undefined;

/**
 * The filter chain that serves a connection. Each step keeps the chains that fit best and never goes back; what is left over goes to the
 * default chain.
 * @see envoy source/common/listener_manager/filter_chain_manager_impl.cc `findFilterChain`
 */
export function findChain(listener: Listener, connection: Connection): FilterChain | undefined {
  const detected = inspect(listener, connection);
  let chains = listener.filter_chains ?? [];
  for (const rate of [ratePort, rateAddress, rateServerName, rateTransport, rateApplication]) {
    const ratings = chains.map((chain) => rate(chain.filter_chain_match ?? {}, detected) ?? Number.NEGATIVE_INFINITY);
    const best = Math.max(...ratings);
    chains = best === Number.NEGATIVE_INFINITY ? [] : chains.filter((_, i) => ratings[i] === best);
  }
  if (chains.length > 1) throw new Error(`${listener.name} has ${chains.length} chains for one connection`);
  return chains[0] ?? listener.default_filter_chain;
}

/** What the listener finds out: only with an inspector does it know of TLS or HTTP. */
function inspect({ listener_filters = [] }: Listener, connection: Connection): Connection {
  const active = listener_filters.filter(({ filter_disabled: off }) => !off || !isFitting(off, connection.port));
  const names = new Set(active.map(({ name }) => name));
  const { tls, plaintext, ...rest } = connection;
  return {
    ...rest,
    ...(tls && names.has('envoy.filters.listener.tls_inspector') && { tls }),
    ...(plaintext && names.has('envoy.filters.listener.http_inspector') && { plaintext }),
  };
}

function isFitting(predicate: Predicate, port: number): boolean {
  const { any_match, destination_port_range: range, or_match, and_match, not_match } = predicate;
  if (range) return port >= (range.start ?? 0) && port < (range.end ?? 0);
  if (or_match) return (or_match.rules ?? []).some((rule) => isFitting(rule, port));
  if (and_match) return (and_match.rules ?? []).every((rule) => isFitting(rule, port));
  return not_match ? !isFitting(not_match, port) : any_match === true;
}

const ratePort: Rating = ({ destination_port }, { port }) =>
  destination_port === undefined ? 0 : destination_port.value === port ? 1 : undefined;

const rateAddress: Rating = ({ prefix_ranges = [] }, { address }) => {
  if (prefix_ranges.length === 0) return 0;
  const lengths = prefix_ranges.flatMap(({ address_prefix = '', prefix_len }) => {
    const length = prefix_len?.value ?? 0;
    const isInside = findCidr(`${address_prefix}/${length}`)?.key === findCidr(`${address}/${length}`)?.key;
    return isInside ? [length + 1] : [];
  });
  return lengths.length === 0 ? undefined : Math.max(...lengths);
};

const rateServerName: Rating = ({ server_names = [] }, { tls }) => {
  if (server_names.length === 0) return 0;
  const sni = tls?.sni.toLowerCase() ?? '';
  if (server_names.includes(sni)) return 1000;
  const suffixes = server_names.filter((name) => name.startsWith('*.') && sni.endsWith(name.slice(1)));
  return suffixes.length === 0 ? undefined : Math.max(...suffixes.map((name) => name.length));
};

const rateTransport: Rating = ({ transport_protocol = '' }, { tls }) =>
  transport_protocol === '' ? 0 : transport_protocol === (tls ? 'tls' : 'raw_buffer') ? 1 : undefined;

const rateApplication: Rating = ({ application_protocols = [] }, { tls, plaintext }) => {
  if (application_protocols.length === 0) return 0;
  const offered = tls?.alpn ?? (plaintext ? [plaintext] : []);
  const at = offered.findIndex((protocol) => application_protocols.includes(protocol));
  // The client's first choice wins.
  return at < 0 ? undefined : 1000 - at;
};
