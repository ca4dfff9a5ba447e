import type { Difference } from './difference.ts';

/** A difference that is meant to be, in certain places of certain resources. */
export interface Exception {
  readonly what: string;
  /** Why ours is as it is. */
  readonly reason: string;
  /** `cds outbound|80||host`. */
  readonly resource: RegExp;
  readonly path: RegExp;
  /** Cases in which it shows, `random` for all of these: a case that shows it no longer leaves the list. */
  readonly cases: readonly string[];
}

/** Every difference from istiod that is meant to be and shows in certain places. The list may only shrink. */
export const EXCEPTIONS: readonly Exception[] = [
  {
    what: 'endpoints of a ServiceEntry with several addresses are there once, and one virtual host has all addresses',
    reason:
      'istiod makes a service of each address: endpoints come once per address, and all but one lose their domain.',
    resource: /^(eds outbound\|\d+\|\w*\|static\.example\.com$|rds \d+$)/,
    path: /^endpoints|^virtual_hosts\[[^\]]*\]\.domains/,
    cases: ['service-entry/static', 'entries'],
  },
  {
    what: "a port's own entry of a DestinationRule counts for its TCP listener",
    reason: 'The API says that it does; istiod reads the settings of the whole service there.',
    resource: /^lds /,
    path: /\.(hash_policy|idle_timeout|max_downstream_connection_duration)$/,
    cases: ['clusters/consistent-hash', 'outbound/tcp-settings'],
  },
  {
    what: 'an HTTP proxy looks at the port that a request names',
    reason: 'istiod lets Envoy ignore it although domains carry ports: what is meant for any port goes to port 80.',
    resource: /^rds /,
    path: /^ignore_port_in_host_matching$/,
    cases: ['domains/http-proxy', 'mesh/node-metadata', 'sidecar/egress-listener', 'random'],
  },
  {
    what: 'a headless service whose workloads take plaintext only is called in plaintext',
    reason: 'istiod goes by the labels of endpoints alone there, and its clients speak TLS to who takes none.',
    resource: /^cds outbound\|3306\|\|db\./,
    path: /^transport_socket(_matches)?$/,
    cases: ['mtls/headless'],
  },
  {
    what: 'the ingress of a Sidecar of the root namespace is named after that Sidecar',
    reason: "istiod writes the workload's namespace, where there is no such object.",
    resource: /^lds virtualInbound$/,
    path: /\.filter_metadata\.istio\.config$|\.decorator\.operation$/,
    cases: ['random'],
  },
  {
    what: "the host of a Sidecar's egress proxy may be a short name",
    reason: 'istiod takes it as it is: connections go to a cluster that is not there.',
    resource: /^(lds|rds) /,
    path: /\.(cluster|stat_prefix)$/,
    cases: ['random 3.53'],
  },
  {
    what: 'the name of a port in the statistics of its TCP listener',
    reason: 'istiod has lost the name there, and writes nothing for %SERVICE_PORT_NAME%.',
    resource: /^lds /,
    path: /\.stat_prefix$/,
    cases: ['clusters/mesh-settings'],
  },
  {
    what: 'cipher suites that Envoy does not know are left out',
    reason: 'Envoy refuses the whole listener over one.',
    resource: /^lds /,
    path: /\.cipher_suites\[\d+\]$/,
    cases: ['mtls/mesh-settings'],
  },
  {
    what: 'a workload that asks for HTTP/1.0 has it read on sniffed ports too',
    reason: 'istiod reads only its own switch there: the requests pass as TCP.',
    resource: /^lds /,
    path: /\.application_protocols\[\d+\]$/,
    cases: ['mesh/node-metadata'],
  },
  {
    what: 'a port that several services share resolves names for the wildcard hosts among them',
    reason: 'istiod adds the filter only where the wildcard host comes first; otherwise its cluster resolves nothing.',
    resource: /^lds /,
    path: /\.http_filters\[envoy\.filters\.http\.dynamic_forward_proxy\]$/,
    cases: ['entries'],
  },
];

/** The exception that a difference of a case falls under. */
export function findException(name: string, resource: string, { path }: Difference): Exception | undefined {
  return EXCEPTIONS.find(
    (one) =>
      one.cases.some((of) => of === name || name.startsWith(`${of} `)) &&
      one.resource.test(resource) &&
      one.path.test(path),
  );
}
