import type { Static } from 'typebox';
import type { Rewrite } from '../../../model/virtual-service.ts';
import type { WrittenHeaders } from '../../parts/headers.ts';
import { checkRegexSize } from '../../parts/string-match.ts';
import type { Pointer } from '../../pointer.ts';
import { present } from '../../present.ts';
import type { IssueReport } from '../../report.ts';
import { object, text } from '../../schema/fields.ts';
import { judgeRegex } from '../../schema/regex.ts';
import { checkPlainText } from './redirect.ts';

/** Changes the request's path or host on its way. */
export const REWRITE = object(
  "Changes the request's path or host on its way.",
  {
    required: {},
    optional: {
      uri: text('Replaces the path, or the prefix that matched.'),
      authority: text('Replaces the host.'),
      uriRegexRewrite: object('Replaces what an expression finds in the path.', {
        required: {
          match: text('An RE2 expression.', { format: 'regex' }),
          rewrite: text('What takes its place; `\\1` is the first group.', { minLength: 1 }),
        },
        optional: {},
      }),
    },
  },
  { exclusive: [['uri', 'uriRegexRewrite']] },
);

export type WrittenRewrite = Static<typeof REWRITE>;

export function checkRewrite(rewrite: WrittenRewrite, at: Pointer, report: IssueReport): void {
  const { uri, authority, uriRegexRewrite } = rewrite;
  if (!uri && !authority && !uriRegexRewrite)
    report.add('VS_REWRITE_EMPTY', at, 'the rewrite changes nothing: expected uri, authority or uriRegexRewrite');
  checkPlainText(uri, at.to('uri'), report);
  checkPlainText(authority, at.to('authority'), report);
  if (uriRegexRewrite === undefined) return;
  const place = at.to('uriRegexRewrite');
  checkRegexSize(uriRegexRewrite.match, place.to('match'), report);
  checkSubstitution(uriRegexRewrite, place.to('rewrite'), report);
}

/** Envoy refuses groups that the expression does not have, and backslashes that mean nothing. */
function checkSubstitution(
  { match, rewrite }: NonNullable<WrittenRewrite['uriRegexRewrite']>,
  at: Pointer,
  report: IssueReport,
): void {
  const verdict = judgeRegex(match);
  const groups = verdict.kind === 'valid' ? verdict.groups : 0;
  for (const [whole, after = ''] of rewrite.matchAll(/\\(.?)/g)) {
    if (after === '\\') continue;
    if (!/[0-9]/.test(after))
      report.add(
        'VS_SUBSTITUTION',
        at,
        `"${whole}" in ${at} means nothing, expected a backslash before a digit or a backslash`,
      );
    else if (Number(after) > groups)
      report.add(
        'VS_SUBSTITUTION',
        at,
        `"${whole}" in ${at} names a group that the expression does not have: it has ${groups}`,
      );
  }
  checkPlainText(rewrite, at, report);
}

/** The host of a request can be set in one place only. */
export function checkAuthority(
  rewrite: WrittenRewrite | undefined,
  headers: WrittenHeaders | undefined,
  at: Pointer,
  report: IssueReport,
): void {
  const { set = {}, add = {} } = headers?.request ?? {};
  const names = [...Object.keys(set), ...Object.keys(add)].filter((name) => /^(?:host|:authority)$/i.test(name));
  const count = names.length + (rewrite?.authority ? 1 : 0);
  if (count > 1)
    report.add(
      'VS_AUTHORITY_TWICE',
      at,
      `${at} sets the host of the request more than once: rewrite.authority and the headers host and :authority exclude each other`,
    );
}

export function parseRewrite({ uri, authority, uriRegexRewrite }: WrittenRewrite): Rewrite {
  return present({ uri: uri || undefined, authority: authority || undefined, uriRegex: uriRegexRewrite });
}
