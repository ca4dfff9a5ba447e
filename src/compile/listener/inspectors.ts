import type {
  envoy_config_listener_v3_FilterChain,
  envoy_config_listener_v3_ListenerFilter,
  envoy_config_listener_v3_ListenerFilterChainMatchPredicate as Predicate,
} from '../../gen/messages.ts';
import { compileHttpInspector, compileTlsInspector } from '../filter/listener-filters.ts';
import { PLAINTEXT_HTTP } from './chain.ts';

/** What the chains of one port ask to be found out. */
interface Needs {
  readonly tls: boolean;
  readonly http: boolean;
}

/** Stands for the chains of every port that has none of its own. */
const ANY_PORT = 0;

/**
 * Compiles the inspectors of an inbound listener, each switched off on the ports where no chain asks for its answer: it keeps a connection waiting
 * for the client's first bytes, and where the server speaks first they never come.
 * @see istio pilot/pkg/networking/core/listener_inbound.go `populateListenerFilters`
 */
export function compilePortInspectors(
  chains: readonly envoy_config_listener_v3_FilterChain[],
): readonly envoy_config_listener_v3_ListenerFilter[] {
  const needs = readNeeds(chains);
  const ports = [...needs.keys()].sort((a, b) => a - b);
  const withTls = ports.filter((port) => needs.get(port)?.tls);
  const withHttp = ports.filter((port) => needs.get(port)?.http);
  return [
    ...(withTls.length > 0 ? [{ ...compileTlsInspector(), ...whereTlsIsOff(ports, withTls) }] : []),
    ...(withHttp.length > 0 ? [{ ...compileHttpInspector(), ...offOn(without(ports, withHttp)) }] : []),
  ];
}

function readNeeds(chains: readonly envoy_config_listener_v3_FilterChain[]): ReadonlyMap<number, Needs> {
  const needs = new Map<number, Needs>();
  for (const { filter_chain_match: match } of chains) {
    const port = match?.destination_port?.value ?? ANY_PORT;
    const known = needs.get(port);
    const http = (match?.application_protocols ?? []).some((name) => PLAINTEXT_HTTP.includes(name));
    needs.set(port, {
      tls: known?.tls || match?.transport_protocol === 'tls',
      http: known?.http || http,
    });
  }
  return needs;
}

/** Off on single ports where undeclared ports need it, else on only where declared ports do. */
function whereTlsIsOff(ports: readonly number[], withTls: readonly number[]): { filter_disabled?: Predicate } {
  if (withTls.includes(ANY_PORT)) return offOn(without(ports, withTls));
  return { filter_disabled: { not_match: anyOf(withTls) } };
}

function offOn(ports: readonly number[]): { filter_disabled?: Predicate } {
  return ports.length === 0 ? {} : { filter_disabled: anyOf(ports) };
}

function anyOf(ports: readonly number[]): Predicate {
  const [first, ...rest] = ports.map(toPredicate);
  return first !== undefined && rest.length === 0 ? first : { or_match: { rules: ports.map(toPredicate) } };
}

function toPredicate(port: number): Predicate {
  return { destination_port_range: { start: port, end: port + 1 } };
}

function without(ports: readonly number[], dropped: readonly number[]): readonly number[] {
  return ports.filter((port) => !dropped.includes(port));
}
