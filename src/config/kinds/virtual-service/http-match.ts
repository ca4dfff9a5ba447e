import type { Static } from 'typebox';
import type { StringMatch } from '../../../model/string-match.ts';
import type { HttpMatch } from '../../../model/virtual-service.ts';
import type { CheckInput } from '../../define-kind.ts';
import {
  PATH_MATCH,
  STRING_MATCH,
  type WrittenStringMatch,
  checkRegexSize,
  findPathMatch,
  parseStringMatch,
} from '../../parts/string-match.ts';
import { LABELS, checkLabelKeys } from '../../parts/workload-selector.ts';
import type { Pointer } from '../../pointer.ts';
import { present } from '../../present.ts';
import { flag, listOf, mapOf, object, text, whole } from '../../schema/fields.ts';
import { isHeaderName } from '../../schema/names.ts';
import { checkGatewayNames, gatewayNames, toReference } from './gateway-name.ts';

/** Fields that say who asks, the same in every kind of match. */
export const SOURCE_FIELDS = {
  port: whole('Port that is asked for.', { minimum: 0, maximum: 65535, absent: 'any' }),
  sourceLabels: { ...LABELS, description: 'Labels of the workload that asks.', absent: 'any' },
  gateways: gatewayNames(
    'Through which gateways the request comes; then sourceLabels and sourceNamespace do not count.',
    'those of the VirtualService',
  ),
  sourceNamespace: text('Namespace of the workload that asks.', { format: 'dns-label-or-empty', absent: 'any' }),
};

const HTTP_MATCH = object('What a request must have; all of it must hold.', {
  required: {},
  optional: {
    name: text('Name of the match, for statistics and logs.'),
    uri: PATH_MATCH,
    scheme: STRING_MATCH,
    method: STRING_MATCH,
    authority: STRING_MATCH,
    headers: mapOf('Headers that must be there, by name in lower case.', STRING_MATCH),
    ...SOURCE_FIELDS,
    queryParams: mapOf('Query parameters that must be there, by name.', STRING_MATCH),
    ignoreUriCase: flag('Whether upper and lower case of the path are the same.', { absent: 'false' }),
    withoutHeaders: mapOf('Headers that must not be there, by name in lower case.', STRING_MATCH),
    statPrefix: text('Prefix of statistics for requests that match.'),
  },
});

/** Matches of a rule, of which one must hold. */
export const HTTP_MATCHES = listOf('What requests the rule is for; one of the entries must hold.', HTTP_MATCH, {
  absent: 'every request',
});

export type WrittenHttpMatch = Static<typeof HTTP_MATCH>;

const PSEUDO_HEADERS: ReadonlySet<string> = new Set([':method', ':scheme', ':authority', ':path', ':status']);
const CLAIMS = '@request.auth.claims';

/** @param isForGateways Claims of a token are known at gateways only. */
export function checkHttpMatch(match: WrittenHttpMatch, at: Pointer, input: CheckInput, isForGateways: boolean): void {
  const { report } = input;
  for (const field of ['uri', 'scheme', 'method', 'authority'] as const)
    checkRegexSize(match[field]?.regex, at.to(field).to('regex'), report);
  for (const field of ['headers', 'withoutHeaders', 'queryParams'] as const) {
    for (const [name, { regex }] of Object.entries(match[field] ?? {})) {
      const place = at.to(field).to(name);
      if (field === 'queryParams' ? name === '' : !isMatchable(name))
        report.add(
          'HEADER_INVALID',
          place,
          `"${name}" is no name of ${field === 'queryParams' ? 'a query parameter' : 'an HTTP header'}`,
          'key',
        );
      if (field !== 'queryParams' && name.startsWith(CLAIMS)) checkClaim(regex, place, input, isForGateways);
      checkRegexSize(regex, place.to('regex'), report);
    }
  }
  checkSource(match, at, input);
}

/** What {@link SOURCE_FIELDS} say. */
export function checkSource(
  match: Pick<WrittenHttpMatch, keyof typeof SOURCE_FIELDS>,
  at: Pointer,
  input: CheckInput,
): void {
  checkLabelKeys(match.sourceLabels, at.to('sourceLabels'), input);
  checkGatewayNames(match.gateways, at.to('gateways'), input.report);
}

function isMatchable(name: string): boolean {
  if (name.startsWith(CLAIMS)) return /^@request\.auth\.claims(?:(?:\.[^.[\]]+)+|(?:\[[^[\]]+\])+)$/.test(name);
  return PSEUDO_HEADERS.has(name) || isHeaderName(name);
}

function checkClaim(regex: string | undefined, at: Pointer, { report }: CheckInput, isForGateways: boolean): void {
  if (!isForGateways)
    report.add(
      'VS_CLAIM_IN_MESH',
      at,
      'claims of a token can be matched only by a VirtualService that is for gateways alone',
      'key',
    );
  if (regex === '*')
    report.add(
      'REGEX_INVALID',
      at.to('regex'),
      'a claim cannot be matched with "*", expected a regular expression in RE2 syntax',
    );
}

export function parseHttpMatch(match: WrittenHttpMatch, namespace: string): HttpMatch {
  return {
    ...parseSource(match, namespace),
    headers: parseMatches(match.headers),
    withoutHeaders: parseMatches(match.withoutHeaders),
    queryParams: parseMatches(match.queryParams),
    ignoreUriCase: match.ignoreUriCase ?? false,
    ...present({
      name: match.name || undefined,
      uri: findPathMatch(match.uri),
      scheme: match.scheme && parseStringMatch(match.scheme),
      method: match.method && parseStringMatch(match.method),
      authority: match.authority && parseStringMatch(match.authority),
      statPrefix: match.statPrefix || undefined,
    }),
  };
}

/** What {@link SOURCE_FIELDS} become. */
export function parseSource(
  { port, sourceLabels = {}, gateways = [], sourceNamespace }: Pick<WrittenHttpMatch, keyof typeof SOURCE_FIELDS>,
  namespace: string,
) {
  return {
    gateways: gateways.map((name) => toReference(name, namespace)),
    sourceLabels,
    ...present({ port: port || undefined, sourceNamespace: sourceNamespace || undefined }),
  };
}

function parseMatches(
  matches: Readonly<Record<string, WrittenStringMatch>> = {},
): Readonly<Record<string, StringMatch>> {
  return Object.fromEntries(Object.entries(matches).map(([name, match]) => [name, parseStringMatch(match)]));
}
