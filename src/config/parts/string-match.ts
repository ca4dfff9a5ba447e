import type { Static } from 'typebox';
import type { StringMatch } from '../../model/string-match.ts';
import type { Pointer } from '../pointer.ts';
import type { IssueReport } from '../report.ts';
import { object, text } from '../schema/fields.ts';
import { STOCK_REGEX_PROGRAM, judgeRegex } from '../schema/regex.ts';

const ONE_OF = { exclusive: [['exact', 'prefix', 'regex']], nullIsEmpty: true } as const;

/** How a path is matched; an empty prefix is every path. */
export const PATH_MATCH = object(
  'How the path is compared.',
  {
    required: {},
    optional: {
      exact: text('The whole value.'),
      prefix: text('The beginning of the value.'),
      regex: text('An RE2 expression that the whole value must match.', { format: 'regex' }),
    },
  },
  ONE_OF,
);

/** How any other text is matched; `*` as an expression is "any value, but there". */
export const STRING_MATCH = object(
  'How the value is compared; without fields it need only be there.',
  {
    required: {},
    optional: {
      exact: text('The whole value.'),
      prefix: text('The beginning of the value.', { minLength: 1 }),
      regex: text('An RE2 expression that the whole value must match; `*` stands for any value.', {
        format: 'regex-or-any',
      }),
    },
  },
  ONE_OF,
);

export type WrittenStringMatch = Static<typeof STRING_MATCH>;

/** Without any of its fields a match asks only that the value be there. */
export function parseStringMatch({ exact, prefix, regex }: WrittenStringMatch): StringMatch {
  if (exact !== undefined) return { kind: 'exact', value: exact };
  if (prefix !== undefined) return { kind: 'prefix', value: prefix };
  return regex === undefined || regex === '*' ? { kind: 'present' } : { kind: 'regex', value: regex };
}

/** A path is always there, so a match without fields says nothing. */
export function findPathMatch(written: WrittenStringMatch | undefined): StringMatch | undefined {
  const match = written && parseStringMatch(written);
  return match?.kind === 'present' ? undefined : match;
}

/** Notes expressions that an Envoy with an unchanged limit refuses. */
export function checkRegexSize(regex: string | undefined, at: Pointer, report: IssueReport): void {
  if (regex === undefined || regex === '*') return;
  const verdict = judgeRegex(regex);
  if (verdict.kind === 'invalid' || verdict.size <= STOCK_REGEX_PROGRAM) return;
  report.add(
    'REGEX_LARGE',
    at,
    `${at} compiles to about ${verdict.size} instructions; an Envoy whose bootstrap does not raise re2.max_program_size.error_level takes ${STOCK_REGEX_PROGRAM}`,
  );
}
