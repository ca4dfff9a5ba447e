import type { envoy_type_matcher_v3_StringMatcher } from '../../gen/messages.ts';
import type { StringMatch } from '../../model/string-match.ts';

/**
 * Envoy's matcher of one value; `undefined` when every value will do. A lone `*` is no regular expression, but Istio has always read it as
 * "any value".
 * @see istio pilot/pkg/networking/core/route/route.go `canBeConvertedToPresentMatch`
 */
export function compileStringMatcher(match: StringMatch): envoy_type_matcher_v3_StringMatcher | undefined {
  switch (match.kind) {
    case 'exact':
      return { exact: match.value };
    case 'prefix':
      return { prefix: match.value };
    case 'regex':
      return match.value === '*' ? undefined : { safe_regex: { regex: match.value } };
    case 'present':
      return undefined;
  }
}
