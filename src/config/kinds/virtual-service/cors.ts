import type { Static } from 'typebox';
import type { Cors } from '../../../model/virtual-service.ts';
import { STRING_MATCH, checkRegexSize, parseStringMatch } from '../../parts/string-match.ts';
import type { Pointer } from '../../pointer.ts';
import { present } from '../../present.ts';
import type { IssueReport } from '../../report.ts';
import { toDurationMs } from '../../schema/duration.ts';
import { choice, flag, listOf, object, text } from '../../schema/fields.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', '*'] as const;

/** Which pages of other sites may ask. */
export const CORS = object('Which pages of other sites may ask, and how.', {
  required: {},
  optional: {
    allowOrigin: listOf('Use `allowOrigins`.', text('Origin.'), { deprecated: true }),
    allowOrigins: listOf('Sites that may ask.', STRING_MATCH),
    allowMethods: listOf('Methods that they may use.', choice('Method.', METHODS)),
    allowHeaders: listOf('Headers that they may send.', text('Name of the header, or `*`.', { format: 'header-name' })),
    exposeHeaders: listOf(
      'Headers of the answer that they may read.',
      text('Name of the header, or `*`.', { format: 'header-name' }),
    ),
    maxAge: text('How long a browser may remember this, in whole seconds.', { format: 'duration' }),
    allowCredentials: flag('Whether they may send cookies.', { absent: 'false' }),
    unmatchedPreflights: choice(
      'What becomes of preflight requests of other sites.',
      ['UNSPECIFIED', 'FORWARD', 'IGNORE'],
      { absent: 'FORWARD' },
    ),
  },
});

export type WrittenCors = Static<typeof CORS>;

export function checkCors(cors: WrittenCors, at: Pointer, report: IssueReport): void {
  const { allowOrigin, allowOrigins = [], maxAge } = cors;
  if (allowOrigin !== undefined)
    report.add('FIELD_DEPRECATED', at.to('allowOrigin'), 'allowOrigin has given way to allowOrigins', 'key');
  for (const [index, { exact, prefix, regex }] of allowOrigins.entries()) {
    const place = at.to('allowOrigins').to(index);
    if (!exact && !prefix && !regex)
      report.add('VS_ORIGIN_EMPTY', place, `${place} names no origin: expected exact, prefix or regex`);
    if (regex === '*')
      report.add(
        'REGEX_INVALID',
        place.to('regex'),
        `${place} is "*", which is no regular expression; did you mean ".*"?`,
      );
    checkRegexSize(regex, place.to('regex'), report);
  }
  if (maxAge !== undefined && toDurationMs(maxAge) % 1000 !== 0) {
    report.add('DURATION_INVALID', at.to('maxAge'), `${at.to('maxAge')} is "${maxAge}", expected whole seconds`);
  }
}

export function parseCors(cors: WrittenCors): Cors {
  const {
    allowOrigin = [],
    allowOrigins = [],
    allowMethods = [],
    allowHeaders = [],
    exposeHeaders = [],
    maxAge,
  } = cors;
  return {
    // The old list counts only where the new one is not used.
    allowOrigins:
      allowOrigins.length > 0
        ? allowOrigins.map(parseStringMatch)
        : allowOrigin.map((value) => ({ kind: 'exact', value })),
    allowMethods,
    allowHeaders,
    exposeHeaders,
    unmatchedPreflights: cors.unmatchedPreflights === 'IGNORE' ? 'ignore' : 'forward',
    ...present({
      maxAgeMs: maxAge === undefined ? undefined : toDurationMs(maxAge),
      allowCredentials: cors.allowCredentials,
    }),
  };
}
