import type { Destination, HttpMatch, HttpRoute } from '../../src/model/virtual-service.ts';

/** A match without conditions. */
export function match(rest: Partial<HttpMatch> = {}): HttpMatch {
  return {
    gateways: [],
    sourceLabels: {},
    headers: {},
    withoutHeaders: {},
    queryParams: {},
    ignoreUriCase: false,
    ...rest,
  };
}

/** A match of one path by prefix. */
export function prefix(value: string, rest: Partial<HttpMatch> = {}): HttpMatch {
  return match({ uri: { kind: 'prefix', value }, ...rest });
}

/** A rule that takes every request and answers it with 200, unless something else is said. */
export function rule(rest: Partial<HttpRoute> = {}): HttpRoute {
  return {
    matches: [],
    action: { kind: 'direct-response', response: { status: 200 } },
    timeout: { kind: 'unset' },
    mirrors: [],
    ...rest,
  };
}

/** An action with one destination. */
export function to(host: string, rest: Omit<Destination, 'host'> = {}): HttpRoute['action'] {
  return { kind: 'route', destinations: [{ destination: { host, ...rest }, weight: 0 }] };
}

/** An action with several destinations, each with its weight. */
export function split(
  first: readonly [Destination, number],
  ...rest: readonly (readonly [Destination, number])[]
): HttpRoute['action'] {
  const weighted = ([destination, weight]: readonly [Destination, number]) => ({ destination, weight });
  return { kind: 'route', destinations: [weighted(first), ...rest.map(weighted)] };
}
