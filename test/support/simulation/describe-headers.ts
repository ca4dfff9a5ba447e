import type { envoy_config_core_v3_HeaderValueOption as HeaderValueOption } from '../../../src/gen/messages.ts';
import type { HeaderAnswer } from './answer.ts';
import { isFalse } from './units.ts';

/** Where headers are changed: a route, or one of its weighted clusters. */
export interface HeaderChanges {
  readonly request_headers_to_add?: readonly HeaderValueOption[] | undefined;
  readonly request_headers_to_remove?: readonly string[] | undefined;
  readonly response_headers_to_add?: readonly HeaderValueOption[] | undefined;
  readonly response_headers_to_remove?: readonly string[] | undefined;
}

/** Says which headers of requests and responses change, where any do. */
export function describeHeaders(changes: HeaderChanges): {
  readonly requestHeaders?: HeaderAnswer;
  readonly responseHeaders?: HeaderAnswer;
} {
  const request = describe(changes.request_headers_to_add, changes.request_headers_to_remove);
  const response = describe(changes.response_headers_to_add, changes.response_headers_to_remove);
  return { ...(request && { requestHeaders: request }), ...(response && { responseHeaders: response }) };
}

function describe(
  additions: readonly HeaderValueOption[] = [],
  remove: readonly string[] = [],
): HeaderAnswer | undefined {
  const set = toRecord(additions.filter((option) => !appends(option)));
  const add = toRecord(additions.filter(appends));
  const answer = { ...(set && { set }), ...(add && { add }), ...(remove.length > 0 && { remove }) };
  return Object.keys(answer).length > 0 ? answer : undefined;
}

function appends({ append, append_action }: HeaderValueOption): boolean {
  if (append !== undefined) return !isFalse(append);
  return (append_action ?? 'APPEND_IF_EXISTS_OR_ADD') === 'APPEND_IF_EXISTS_OR_ADD';
}

function toRecord(options: readonly HeaderValueOption[]): Readonly<Record<string, string>> | undefined {
  if (options.length === 0) return undefined;
  return Object.fromEntries(options.map(({ header }) => [header?.key ?? '', header?.value ?? '']));
}
