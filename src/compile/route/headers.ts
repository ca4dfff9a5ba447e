import type { envoy_config_core_v3_HeaderValueOption as HeaderValueOption } from '../../gen/messages.ts';
import { compareText } from '../../model/object.ts';
import type { HeaderOperations, Headers } from '../../model/virtual-service.ts';

/** Header changes in the fields that routes and weighted clusters share. */
export interface HeaderFields {
  readonly request_headers_to_add?: readonly HeaderValueOption[];
  readonly request_headers_to_remove?: readonly string[];
  readonly response_headers_to_add?: readonly HeaderValueOption[];
  readonly response_headers_to_remove?: readonly string[];
}

/** Compiles header changes, first what is set, then what is added, each sorted by name; `first` comes before `second`. */
export function compileHeaderFields(first: Headers | undefined, second?: Headers): HeaderFields {
  const lists = [first, second].flatMap((headers) => headers ?? []);
  const added = lists.flatMap(({ request }) => compileAdditions(request));
  const removed = lists.flatMap(({ request }) => listRemovals(request));
  const addedToResponse = lists.flatMap(({ response }) => compileAdditions(response));
  const removedFromResponse = lists.flatMap(({ response }) => listRemovals(response));
  return {
    ...(added.length > 0 && { request_headers_to_add: added }),
    ...(removed.length > 0 && { request_headers_to_remove: removed }),
    ...(addedToResponse.length > 0 && { response_headers_to_add: addedToResponse }),
    ...(removedFromResponse.length > 0 && { response_headers_to_remove: removedFromResponse }),
  };
}

/** The host that request headers rewrite to: Envoy takes it as a rewrite of its own kind, not as a header. */
export function findAuthority(headers: Headers | undefined): string | undefined {
  if (headers === undefined) return undefined;
  return authorityOf(headers.request.set) ?? authorityOf(headers.request.add);
}

function compileAdditions({ set, add }: HeaderOperations): readonly HeaderValueOption[] {
  return [
    ...listEntries(set).map((header) => ({ header, append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' as const })),
    ...listEntries(add).map((header) => ({ header })),
  ];
}

function listEntries(values: Readonly<Record<string, string>>): readonly { key: string; value: string }[] {
  const keys = Object.keys(values).filter((key) => !isRouting(key));
  return keys.sort(compareText).map((key) => ({ key, value: values[key] ?? '' }));
}

function listRemovals({ remove }: HeaderOperations): readonly string[] {
  return remove.filter((key) => !isRouting(key));
}

/** Envoy refuses to change pseudo headers and the host as headers. */
function isRouting(key: string): boolean {
  return key.startsWith(':') || isHost(key);
}

function isHost(key: string): boolean {
  return key.toLowerCase() === 'host';
}

function authorityOf(values: Readonly<Record<string, string>>): string | undefined {
  const key = Object.keys(values)
    .sort(compareText)
    .findLast((k) => isHost(k) || k.toLowerCase() === ':authority');
  return (key && values[key]) || undefined;
}
