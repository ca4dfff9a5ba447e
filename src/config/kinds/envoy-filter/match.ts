import type { Static } from 'typebox';
import type {
  ClusterMatch,
  FilterChainMatch,
  ListenerMatch,
  ProxyMatch,
  RouteConfigurationMatch,
  VirtualHostMatch,
} from '../../../model/envoy-filter.ts';
import { present } from '../../present.ts';
import { choice, mapOf, object, text, whole } from '../../schema/fields.ts';

const PORT = { minimum: 0, maximum: 65_535, absent: 'any' } as const;
const ANY = { absent: 'any' } as const;

const PROXY = object('Which proxies are meant.', {
  required: {},
  optional: {
    proxyVersion: text("An RE2 expression that is looked for in the proxy's Istio version.", ANY),
    metadata: mapOf('Node metadata that must be these strings.', text('Value.')),
  },
});

const SUB_FILTER = object('A filter of a connection manager.', {
  required: {},
  optional: { name: text('Its name.') },
});

const FILTER = object('A filter of a chain.', {
  required: {},
  optional: { name: text('Its name.'), subFilter: SUB_FILTER },
});

const FILTER_CHAIN = object('Which filter chains are meant.', {
  required: {},
  optional: {
    name: text('Its name.', ANY),
    sni: text('A server name that it takes.', ANY),
    transportProtocol: text('The transport protocol that it takes.', ANY),
    applicationProtocols: text('Application protocols that it takes all of, with commas between them.', ANY),
    filter: FILTER,
    destinationPort: whole('The port that it takes.', PORT),
  },
});

const LISTENER = object('Which listeners are meant.', {
  required: {},
  optional: {
    portNumber: whole('Its port, or that of a chain where it takes captured connections.', PORT),
    portName: text('Has no effect.', { deprecated: true }),
    filterChain: FILTER_CHAIN,
    listenerFilter: text('Name of a listener filter.', ANY),
    name: text('Its name.', ANY),
  },
});

const ROUTE = object('Which routes are meant.', {
  required: {},
  optional: {
    name: text('Its name.', ANY),
    action: choice('What it does.', ['ANY', 'ROUTE', 'REDIRECT', 'DIRECT_RESPONSE']),
  },
});

const VIRTUAL_HOST = object('Which virtual hosts are meant.', {
  required: {},
  optional: { name: text('Its name.', ANY), domainName: text('One of its domains.', ANY), route: ROUTE },
});

const ROUTE_CONFIGURATION = object('Which route configurations are meant.', {
  required: {},
  optional: {
    portNumber: whole('The port of its listener; at a gateway as the Gateway declares it.', PORT),
    portName: text("At a gateway: the name of the server's port.", ANY),
    gateway: text('At a gateway: `namespace/name` of the Gateway.', ANY),
    vhost: VIRTUAL_HOST,
    name: text('Its name.', ANY),
  },
});

const CLUSTER = object('Which clusters are meant.', {
  required: {},
  optional: {
    portNumber: whole("The service's port, or the workload's on the inbound side.", PORT),
    service: text('Full host name of the service.', ANY),
    subset: text('Its subset.', ANY),
    name: text('Its name; nothing else counts then.', ANY),
  },
});

const WAYPOINT = object('Which parts of a waypoint are meant.', {
  required: {},
  optional: {
    filter: FILTER,
    portNumber: whole('Port of the service.', PORT),
    route: object('A route.', { required: {}, optional: { name: text('Its name.', ANY) } }),
  },
});

/** What a patch is for, within the proxies that its EnvoyFilter selects. */
export const MATCH = object(
  'What the patch is for.',
  {
    required: {},
    optional: {
      context: choice('Which side of which proxies; WAYPOINT has no effect.', [
        'ANY',
        'SIDECAR_INBOUND',
        'SIDECAR_OUTBOUND',
        'GATEWAY',
        'WAYPOINT',
      ]),
      proxy: PROXY,
      listener: LISTENER,
      routeConfiguration: ROUTE_CONFIGURATION,
      cluster: CLUSTER,
      waypoint: WAYPOINT,
    },
  },
  { exclusive: [['listener', 'routeConfiguration', 'cluster', 'waypoint']] },
);

export type WrittenMatch = Static<typeof MATCH>;

export function parseProxyMatch({ proxyVersion, metadata = {} }: Static<typeof PROXY>): ProxyMatch {
  return { metadata, ...present({ version: proxyVersion || undefined }) };
}

// A value that is empty asks for nothing, as in all of protobuf's JSON.
export function parseListenerMatch({
  name,
  portNumber,
  listenerFilter,
  filterChain,
}: Static<typeof LISTENER>): ListenerMatch {
  return present({
    name: name || undefined,
    port: portNumber || undefined,
    listenerFilter: listenerFilter || undefined,
    chain: filterChain && parseChainMatch(filterChain),
  });
}

function parseChainMatch(written: Static<typeof FILTER_CHAIN>): FilterChainMatch {
  const { name, sni, transportProtocol, applicationProtocols = '', filter, destinationPort } = written;
  return {
    applicationProtocols: applicationProtocols === '' ? [] : applicationProtocols.split(','),
    ...present({
      name: name || undefined,
      sni: sni || undefined,
      transportProtocol: transportProtocol || undefined,
      destinationPort: destinationPort || undefined,
      filter: filter && { name: filter.name ?? '', ...present({ subFilter: filter.subFilter?.name }) },
    }),
  };
}

export function parseRouteConfigurationMatch(written: Static<typeof ROUTE_CONFIGURATION>): RouteConfigurationMatch {
  const { name, portNumber, portName, gateway, vhost } = written;
  return present({
    name: name || undefined,
    port: portNumber || undefined,
    portName: portName || undefined,
    gateway: gateway || undefined,
    virtualHost: vhost && parseVirtualHostMatch(vhost),
  });
}

function parseVirtualHostMatch({ name, domainName, route }: Static<typeof VIRTUAL_HOST>): VirtualHostMatch {
  return present({
    name: name || undefined,
    domain: domainName || undefined,
    route: route && { action: route.action ?? 'ANY', ...present({ name: route.name || undefined }) },
  });
}

export function parseClusterMatch({ name, service, subset, portNumber }: Static<typeof CLUSTER>): ClusterMatch {
  return present({
    name: name || undefined,
    service: service || undefined,
    subset: subset || undefined,
    port: portNumber || undefined,
  });
}
