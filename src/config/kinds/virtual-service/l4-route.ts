import type { Static } from 'typebox';
import { isHostWithin } from '../../../model/host.ts';
import type { L4Destination, L4Match, TcpRoute, TlsMatch, TlsRoute } from '../../../model/virtual-service.ts';
import type { CheckInput, ParseInput } from '../../define-kind.ts';
import { DESTINATION, parseDestination } from '../../parts/destination.ts';
import type { Pointer } from '../../pointer.ts';
import { listOf, object, text, whole } from '../../schema/fields.ts';
import { isIpAddress, isPartialWildcard, isWildcardDomain } from '../../schema/names.ts';
import { SOURCE_FIELDS, checkSource, parseSource } from './http-match.ts';
import { checkWeights } from './weights.ts';

const SUBNETS = listOf(
  'Addresses that the client asked for, of which one must hold.',
  text('IP address or CIDR block.', { format: 'ip-or-cidr' }),
  { absent: 'any' },
);

const DESTINATIONS = listOf(
  'Where connections go.',
  object('A destination and its share of the connections.', {
    required: { destination: DESTINATION },
    optional: {
      weight: whole('Share of the connections, relative to the others.', {
        minimum: 0,
        absent: '0; a single destination takes all',
      }),
    },
  }),
  { minItems: 1 },
);

const TLS_MATCH = object('What a connection must have; all of it must hold.', {
  required: {
    sniHosts: listOf(
      'Names that the client asks for, of which one must hold.',
      text('Host; the first label may be `*`.'),
      { minItems: 1 },
    ),
  },
  optional: { destinationSubnets: SUBNETS, ...SOURCE_FIELDS },
});

const TCP_MATCH = object('What a connection must have; all of it must hold.', {
  required: {},
  optional: { destinationSubnets: SUBNETS, sourceSubnet: text('Has no effect.'), ...SOURCE_FIELDS },
});

/** One rule for encrypted connections, which are not opened. */
export const TLS_ROUTE = object('A rule for encrypted connections, which are passed on unopened.', {
  required: {
    match: listOf('What connections the rule is for; one of the entries must hold.', TLS_MATCH, { minItems: 1 }),
    route: DESTINATIONS,
  },
  optional: {},
});

/** One rule for connections of any kind. */
export const TCP_ROUTE = object('A rule for connections of any kind.', {
  required: { route: DESTINATIONS },
  optional: {
    match: listOf('What connections the rule is for; one of the entries must hold.', TCP_MATCH, {
      absent: 'every connection',
    }),
  },
});

export type WrittenTlsRoute = Static<typeof TLS_ROUTE>;
export type WrittenTcpRoute = Static<typeof TCP_ROUTE>;

/** @param hosts Those of the VirtualService, as written. */
export function checkTlsRoute(route: WrittenTlsRoute, hosts: readonly string[], at: Pointer, input: CheckInput): void {
  for (const [index, match] of route.match.entries()) {
    const place = at.to('match').to(index);
    for (const [position, sni] of match.sniHosts.entries())
      checkSni(sni, hosts, place.to('sniHosts').to(position), input);
    checkSource(match, place, input);
  }
  checkWeights(route.route, at.to('route'), input.report);
}

function checkSni(sni: string, hosts: readonly string[], at: Pointer, { report }: CheckInput): void {
  if (isIpAddress(sni))
    report.add('VS_SNI_ADDRESS', at, `${at} is "${sni}", but clients do not send addresses as names`);
  else if (!isWildcardDomain(sni) && !/^outbound_\.\d+_\./.test(sni))
    report.add('HOST_INVALID', at, `${at} is "${sni}", expected a host name, or one that begins with "*."`);
  else if (isPartialWildcard(sni))
    report.add(
      'VS_SNI_PARTIAL',
      at,
      `${at} is "${sni}", but "*" can only stand for whole labels: proxies refuse anything else`,
    );
  else if (!hosts.some((host) => isHostWithin(sni, host)))
    report.add(
      'VS_SNI_OUTSIDE',
      at,
      `${at} is "${sni}", which is none of the hosts of the VirtualService: ${hosts.join(', ')}`,
    );
}

export function checkTcpRoute(route: WrittenTcpRoute, at: Pointer, input: CheckInput): void {
  for (const [index, match] of (route.match ?? []).entries()) {
    const place = at.to('match').to(index);
    if (match.sourceSubnet !== undefined)
      input.report.add('FIELD_IGNORED', place.to('sourceSubnet'), 'sourceSubnet has no effect', 'key');
    checkSource(match, place, input);
  }
  checkWeights(route.route, at.to('route'), input.report);
}

export function parseTlsRoute(route: WrittenTlsRoute, input: ParseInput): TlsRoute {
  const [first, ...rest] = route.match.map(
    (match): TlsMatch => ({ ...parseMatch(match, input), sniHosts: match.sniHosts }),
  );
  if (first === undefined) throw new Error('a TLS route without matches was not refused');
  return { matches: [first, ...rest], destinations: parseDestinations(route.route, input) };
}

export function parseTcpRoute({ match = [], route }: WrittenTcpRoute, input: ParseInput): TcpRoute {
  return { matches: match.map((each) => parseMatch(each, input)), destinations: parseDestinations(route, input) };
}

function parseMatch(match: Static<typeof TCP_MATCH>, { meta }: ParseInput): L4Match {
  return { ...parseSource(match, meta.namespace), destinationSubnets: match.destinationSubnets ?? [] };
}

function parseDestinations(
  written: WrittenTcpRoute['route'],
  input: ParseInput,
): readonly [L4Destination, ...L4Destination[]] {
  const [first, ...rest] = written.map(({ destination, weight = 0 }) => ({
    destination: parseDestination(destination, input),
    weight,
  }));
  if (first === undefined) throw new Error('a route without destinations was not refused');
  return [first, ...rest];
}
