import { RE2JS } from 're2js';

/** Longer expressions are refused by Istio. */
export const MAX_REGEX_LENGTH = 1024;
/** What bootstraps of Istio and of this project allow. */
export const MAX_REGEX_PROGRAM = 32_768;
/** What an Envoy allows whose bootstrap says nothing. */
export const STOCK_REGEX_PROGRAM = 100;

/** The outcome of compiling an expression; `size` counts instructions, as Envoy's limit does. */
export type RegexVerdict =
  | { readonly kind: 'valid'; readonly size: number; readonly groups: number }
  | { readonly kind: 'invalid'; readonly reason: string };

// The same few expressions come again and again, and compiling costs more than the rest of reading a rule.
const verdicts = new Map<string, RegexVerdict>();
const MAX_VERDICTS = 4096;

/** Compiles an expression as Envoy will: RE2, which has no lookahead, lookbehind or back references. */
export function judgeRegex(expression: string): RegexVerdict {
  const known = verdicts.get(expression);
  if (known !== undefined) return known;
  const verdict = compile(expression);
  if (verdicts.size >= MAX_VERDICTS) verdicts.clear();
  verdicts.set(expression, verdict);
  return verdict;
}

function compile(expression: string): RegexVerdict {
  if (expression === '') return { kind: 'invalid', reason: 'it is empty' };
  if (expression.length > MAX_REGEX_LENGTH) {
    return { kind: 'invalid', reason: `it is longer than ${MAX_REGEX_LENGTH} characters` };
  }
  try {
    const program = RE2JS.compile(expression);
    const size = program.programSize();
    if (size > MAX_REGEX_PROGRAM)
      return { kind: 'invalid', reason: 'it compiles to a program that proxies refuse as too large' };
    return { kind: 'valid', size, groups: program.groupCount() };
  } catch (error) {
    return { kind: 'invalid', reason: toReason(expression, error) };
  }
}

function toReason(expression: string, error: unknown): string {
  if (/\(\?<?[=!]/.test(expression)) return 'RE2, which proxies use, has no lookahead and no lookbehind';
  if (/\\[1-9]/.test(expression)) return 'RE2, which proxies use, has no back references';
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^error parsing regexp: /, '');
}
