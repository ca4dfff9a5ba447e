import type { Static } from 'typebox';
import type { HttpAction, HttpRoute, Mirror, Timeout, WeightedDestination } from '../../../model/virtual-service.ts';
import type { CheckInput, ParseInput } from '../../define-kind.ts';
import { DESTINATION, parseDestination } from '../../parts/destination.ts';
import { HEADERS, checkHeaders, parseHeaders } from '../../parts/headers.ts';
import { RETRIES, checkRetries, parseRetries } from '../../parts/retries.ts';
import type { Pointer } from '../../pointer.ts';
import { present } from '../../present.ts';
import { toDurationMs } from '../../schema/duration.ts';
import { listOf, object, text, whole } from '../../schema/fields.ts';
import { CORS, checkCors, parseCors } from './cors.ts';
import { FAULT, PERCENTAGE, checkFault, parseFault } from './fault.ts';
import { HTTP_MATCHES, checkHttpMatch, parseHttpMatch } from './http-match.ts';
import {
  DIRECT_RESPONSE,
  REDIRECT,
  checkDirectResponse,
  checkRedirect,
  parseDirectResponse,
  parseRedirect,
} from './redirect.ts';
import { REWRITE, checkAuthority, checkRewrite, parseRewrite } from './rewrite.ts';
import { checkWeights } from './weights.ts';

const WEIGHTED = object('A destination and its share of the requests.', {
  required: { destination: DESTINATION },
  optional: {
    weight: whole('Share of the requests, relative to the others.', {
      minimum: 0,
      absent: '0; a single destination takes all',
    }),
    headers: HEADERS,
  },
});

const DELEGATE = object('The VirtualService that goes on with the request.', {
  required: {},
  optional: {
    name: text('Name of the VirtualService.'),
    namespace: text('Namespace of the VirtualService.', { format: 'dns-label-or-empty', absent: 'the same' }),
  },
});

const MIRROR = object('A destination that gets copies of requests, whose answers are thrown away.', {
  required: { destination: DESTINATION },
  optional: { percentage: PERCENTAGE },
});

/** One rule for HTTP. */
export const HTTP_ROUTE = object('A rule: for which requests, and what becomes of them.', {
  required: {},
  optional: {
    name: text('Name of the rule, for statistics and logs.'),
    match: HTTP_MATCHES,
    route: listOf('Where requests go.', WEIGHTED),
    redirect: REDIRECT,
    directResponse: DIRECT_RESPONSE,
    delegate: DELEGATE,
    rewrite: REWRITE,
    timeout: text('How long a request may take in all; 0s is for ever.', {
      format: 'duration-or-zero',
      absent: 'for ever',
    }),
    retries: RETRIES,
    fault: FAULT,
    mirror: DESTINATION,
    mirrors: listOf('Destinations that get copies of requests.', MIRROR),
    mirrorPercent: whole('Use `mirrorPercentage`.', { minimum: 0, maximum: 100, deprecated: true }),
    mirror_percent: whole('Use `mirrorPercentage`.', { minimum: 0, maximum: 100, deprecated: true }),
    mirrorPercentage: PERCENTAGE,
    corsPolicy: CORS,
    headers: HEADERS,
  },
});

export type WrittenHttpRoute = Static<typeof HTTP_ROUTE>;

/** What a rule's VirtualService is, which decides what the rule may be. */
export interface RouteSetting {
  /** Has no hosts: its rules go on where another VirtualService left off. */
  readonly isDelegate: boolean;
  readonly isForGateways: boolean;
}

export function checkHttpRoute(route: WrittenHttpRoute, at: Pointer, input: CheckInput, setting: RouteSetting): void {
  const { report } = input;
  checkAction(route, at, input, setting);
  for (const [index, match] of (route.match ?? []).entries())
    checkHttpMatch(match, at.to('match').to(index), input, setting.isForGateways);
  for (const [index, { headers }] of (route.route ?? []).entries())
    checkHeaders(headers, at.to('route').to(index).to('headers'), report);
  checkWeights(route.route, at.to('route'), report);
  checkHeaders(route.headers, at.to('headers'), report);
  if (route.corsPolicy) checkCors(route.corsPolicy, at.to('corsPolicy'), report);
  if (route.fault) checkFault(route.fault, at.to('fault'), report);
  checkMirrors(route, at, input);
  if (route.redirect) checkRedirect(route.redirect, route.match ?? [], at.to('redirect'), report);
  if (route.directResponse) checkDirectResponse(route.directResponse, at.to('directResponse'), report);
  checkRetries(route.retries, at.to('retries'), report);
  if (route.rewrite) checkRewrite(route.rewrite, at.to('rewrite'), report);
  checkAuthority(route.rewrite, route.headers, at, report);
}

function checkAction(route: WrittenHttpRoute, at: Pointer, { report }: CheckInput, { isDelegate }: RouteSetting): void {
  const { redirect, directResponse, delegate } = route;
  const hasRoute = (route.route?.length ?? 0) > 0;
  if (delegate && isDelegate)
    report.add(
      'VS_DELEGATE',
      at.to('delegate'),
      'a VirtualService without hosts is a delegate itself and cannot delegate further',
      'key',
    );
  if (delegate && !delegate.name) report.add('VS_DELEGATE', at.to('delegate'), 'the delegate has no name');
  if (delegate && !isDelegate) {
    for (const field of ['redirect', 'route'] as const) {
      if (route[field] !== undefined)
        report.add('VS_DELEGATE', at.to(field), `a rule that delegates leaves ${field} to the delegate`, 'key');
    }
    return;
  }
  const answer = redirect ? 'redirect' : 'directResponse';
  if (redirect && directResponse)
    report.add(
      'VS_TWO_ACTIONS',
      at.to('directResponse'),
      'a rule has either redirect or directResponse, not both',
      'key',
    );
  if (redirect ?? directResponse) {
    if (hasRoute)
      report.add('VS_REDIRECT_AND_ROUTE', at.to('route'), `a rule has either route or ${answer}, not both`, 'key');
    for (const field of ['fault', 'rewrite'] as const) {
      if (route[field] !== undefined)
        report.add('VS_TWO_ACTIONS', at.to(field), `${field} cannot stand beside ${answer}, which asks nobody`, 'key');
    }
  } else if (!hasRoute) {
    report.add(
      'VS_ACTION_MISSING',
      at,
      `${at} does not say what becomes of requests: expected route, redirect or directResponse`,
    );
  }
}

function checkMirrors(
  { mirror, mirrors = [], mirrorPercent, mirror_percent }: WrittenHttpRoute,
  at: Pointer,
  { report }: CheckInput,
): void {
  if (mirror && mirrors.length > 0)
    report.add('FIELD_EXCLUSIVE', at.to('mirrors'), 'a rule has either mirror or mirrors, not both', 'key');
  for (const [field, value] of Object.entries({ mirrorPercent, mirror_percent })) {
    if (value !== undefined)
      report.add('FIELD_DEPRECATED', at.to(field), `${field} has given way to mirrorPercentage.value`, 'key');
  }
}

export function parseHttpRoute(route: WrittenHttpRoute, input: ParseInput): HttpRoute {
  const { match = [], rewrite, retries, fault, corsPolicy, headers } = route;
  return {
    matches: match.map((each) => parseHttpMatch(each, input.meta.namespace)),
    action: parseAction(route, input),
    timeout: parseTimeout(route.timeout),
    mirrors: parseMirrors(route, input),
    ...present({
      name: route.name || undefined,
      rewrite: rewrite && parseRewrite(rewrite),
      retries: retries && parseRetries(retries),
      fault: fault && parseFault(fault),
      cors: corsPolicy && parseCors(corsPolicy),
      headers: headers && parseHeaders(headers),
    }),
  };
}

function parseAction(
  { redirect, directResponse, route = [], delegate }: WrittenHttpRoute,
  input: ParseInput,
): HttpAction {
  if (delegate)
    return { kind: 'delegate', name: delegate.name ?? '', namespace: delegate.namespace || input.meta.namespace };
  if (redirect) return { kind: 'redirect', redirect: parseRedirect(redirect) };
  if (directResponse) return { kind: 'direct-response', response: parseDirectResponse(directResponse) };
  const [first, ...rest] = route.map(({ destination, weight = 0, headers }): WeightedDestination => {
    return {
      destination: parseDestination(destination, input),
      weight,
      ...present({ headers: headers && parseHeaders(headers) }),
    };
  });
  return first === undefined ? { kind: 'none' } : { kind: 'route', destinations: [first, ...rest] };
}

function parseTimeout(timeout: string | undefined): Timeout {
  if (timeout === undefined) return { kind: 'unset' };
  const ms = toDurationMs(timeout);
  return ms === 0 ? { kind: 'off' } : { kind: 'after', ms };
}

function parseMirrors(route: WrittenHttpRoute, input: ParseInput): readonly Mirror[] {
  const { mirror, mirrors = [], mirrorPercentage, mirrorPercent = route.mirror_percent } = route;
  const single = mirror && {
    destination: mirror,
    percentage: mirrorPercentage ?? (mirrorPercent === undefined ? undefined : { value: mirrorPercent }),
  };
  return [...(single ? [single] : []), ...mirrors].map(({ destination, percentage }) => ({
    destination: parseDestination(destination, input),
    ...present({ percent: percentage && (percentage.value ?? 0) }),
  }));
}
