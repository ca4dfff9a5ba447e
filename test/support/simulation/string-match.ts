import { RE2JS } from 're2js';
import type { envoy_type_matcher_v3_StringMatcher as StringMatcher } from '../../../src/gen/messages.ts';

const programs = new Map<string, RE2JS>();

/** Whether an RE2 expression takes the whole text, which is how Envoy matches. */
export function matchesRegex(expression: string, text: string): boolean {
  const program = programs.get(expression) ?? RE2JS.compile(expression);
  programs.set(expression, program);
  return program.matches(text);
}

/** Replaces every match of an RE2 expression; `\1` in the substitution is a group. */
export function substitute(expression: string, text: string, substitution: string): string {
  const expand = (...groups: string[]) => substitution.replace(/\\(\d)/g, (_, group) => groups[Number(group)] ?? '');
  return RE2JS.compile(expression).matcher(text).replaceAll(expand);
}

/** @see envoy/type/matcher/v3/string.proto */
export function matchesString(matcher: StringMatcher, text: string): boolean {
  if (matcher.safe_regex !== undefined) return matchesRegex(matcher.safe_regex.regex ?? '', text);
  const fold = (value: string) => (matcher.ignore_case === true ? value.toLowerCase() : value);
  const value = fold(text);
  if (matcher.exact !== undefined) return value === fold(matcher.exact);
  if (matcher.prefix !== undefined) return value.startsWith(fold(matcher.prefix));
  if (matcher.suffix !== undefined) return value.endsWith(fold(matcher.suffix));
  if (matcher.contains !== undefined) return value.includes(fold(matcher.contains));
  throw new Error(`cannot simulate the string matcher ${JSON.stringify(matcher)}`);
}
