import { isPlain, type Plain } from './plain.ts';

/** A difference that is meant to be, wherever it appears. */
export interface Deliberate {
  /** What differs, for people. */
  readonly what: string;
  /** Why ours is as it is. */
  readonly reason: string;
  /** Writes an object the same way for both; every object of every resource comes by, inner ones first. */
  readonly rewrite: (object: Plain) => Plain;
}

/** Every difference from istiod that is meant to be and may appear anywhere. The list may only shrink. */
export const DELIBERATE: readonly Deliberate[] = [
  {
    what: '`max_stream_duration.grpc_timeout_header_max` for `max_grpc_timeout`',
    reason: 'Envoy 1.40 warns of the deprecated field; both say the same.',
    rewrite({ max_grpc_timeout, ...rest }) {
      if (max_grpc_timeout === undefined) return rest;
      return { ...rest, max_stream_duration: { grpc_timeout_header_max: max_grpc_timeout } };
    },
  },
  {
    what: '`match_typed_subject_alt_names` for `match_subject_alt_names`',
    reason: 'Envoy 1.40 warns of the deprecated field; ours names each type of SAN that Envoy looks at for the other.',
    rewrite({ match_subject_alt_names, match_typed_subject_alt_names, ...rest }) {
      const matchers = Array.isArray(match_typed_subject_alt_names)
        ? unique(match_typed_subject_alt_names.map((one) => (isPlain(one) ? one.matcher : one)))
        : match_subject_alt_names;
      return matchers === undefined ? rest : { ...rest, match_subject_alt_names: matchers };
    },
  },
  {
    what: 'the cluster type `envoy.cluster.dns` for `STRICT_DNS` and `LOGICAL_DNS`',
    reason: 'Envoy 1.40 deprecates the DNS fields of clusters in favour of the extension, which holds the same.',
    rewrite: spreadDnsCluster,
  },
  {
    what: '`istio-http/1.1` and `istio-h2` in the ALPN of mutual TLS between sidecars',
    reason: 'istiod leaves them to the filter istio.alpn, which stock Envoy lacks: the cluster says them itself.',
    rewrite(object) {
      const { alpn_protocols: names } = object;
      if (!Array.isArray(names) || !names.includes('istio')) return object;
      // Without the filter, the plain name has to follow too.
      const own = ['istio-http/1.1', 'istio-h2', 'http/1.1'];
      return { ...object, alpn_protocols: names.filter((name) => !own.includes(name)) };
    },
  },
  {
    what: '`envoy.access_loggers.stdout` for the file `/dev/stdout`',
    reason: 'A standard output that is a socket, as under systemd, cannot be opened by its path.',
    rewrite(object) {
      const { name, typed_config: log } = object;
      if (name !== 'envoy.access_loggers.file' || !isPlain(log) || log.path !== '/dev/stdout') return object;
      const type = 'type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog';
      const { path: _, ...rest } = log;
      return { ...object, name: 'envoy.access_loggers.stdout', typed_config: { ...rest, '@type': type } };
    },
  },
  {
    what: 'the order of `query_parameters`',
    reason:
      'istiod follows the order of a Go map, which is random; all of them have to fit, so none matters. Ours is sorted.',
    rewrite(object) {
      const { query_parameters: list } = object;
      return Array.isArray(list) ? { ...object, query_parameters: sortByText(list) } : object;
    },
  },
  {
    what: '`envoy.transport_sockets.raw_buffer` by its full name inside of a proxy protocol socket',
    reason: 'Envoy goes by the type, and the name is what it calls the socket itself.',
    rewrite: (object) =>
      object.name === 'raw_buffer' ? { ...object, name: 'envoy.transport_sockets.raw_buffer' } : object,
  },
  {
    what: 'shares in parts of a million',
    reason: 'istiod writes some in hundredths: a whole is a whole.',
    rewrite(object) {
      const { numerator, denominator = 'HUNDRED', ...rest } = object;
      // Nothing is nothing in any parts.
      if (typeof numerator !== 'number') return denominator === 'MILLION' ? rest : object;
      return { ...rest, numerator: denominator === 'HUNDRED' ? numerator * 10_000 : numerator, denominator: 'MILLION' };
    },
  },
  {
    what: 'the order of inbound filter chains of different ports',
    reason:
      'istiod follows the order of a Go map for ports that only a policy names; Envoy picks by port, in any order. Ours is sorted.',
    rewrite(object) {
      const { filter_chains: chains } = object;
      return Array.isArray(chains) ? { ...object, filter_chains: chains.toSorted(byPort) } : object;
    },
  },
  {
    what: '`tracing` of connection managers',
    reason: 'Telemetry is not served yet.',
    rewrite: ({ tracing: _, ...rest }) => rest,
  },
];

/** A cluster of the extension, written as istiod does. */
function spreadDnsCluster(object: Plain): Plain {
  const { cluster_type: type, ...rest } = object;
  if (!isPlain(type) || type.name !== 'envoy.cluster.dns' || !isPlain(type.typed_config)) return object;
  const { '@type': _, all_addresses_in_single_endpoint: isLogical, ...dns } = type.typed_config;
  return { ...rest, ...dns, type: isLogical ? 'LOGICAL_DNS' : 'STRICT_DNS' };
}

function unique(values: readonly unknown[]): readonly unknown[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function sortByText(list: readonly unknown[]): readonly unknown[] {
  return list
    .map((one) => JSON.stringify(one))
    .sort()
    .map((text) => JSON.parse(text));
}

function byPort(one: unknown, other: unknown): number {
  return portOf(one) - portOf(other);
}

function portOf(chain: unknown): number {
  const match = isPlain(chain) ? chain.filter_chain_match : undefined;
  return isPlain(match) ? Number(match.destination_port ?? 0) : 0;
}
