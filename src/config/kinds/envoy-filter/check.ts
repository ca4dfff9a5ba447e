import type { PatchOperation, PatchTarget } from '../../../model/envoy-filter.ts';
import type { CheckInput } from '../../define-kind.ts';
import type { Pointer } from '../../pointer.ts';
import { judgeRegex, MAX_REGEX_LENGTH } from '../../schema/regex.ts';
import type { WrittenMatch } from './match.ts';
import { toOperation, type WrittenPatch } from './patch.ts';
import { checkPatchValue } from './value.ts';

type Part = 'listener' | 'routeConfiguration' | 'cluster';

/** What of a match tells the target of a patch, and what can be done with it. */
const TARGETS: Readonly<Record<PatchTarget, { readonly part?: Part; readonly operations: readonly PatchOperation[] }>> =
  {
    LISTENER: { part: 'listener', operations: ['ADD', 'REMOVE', 'MERGE', 'MERGE_AND_REPLACE_LIST'] },
    LISTENER_FILTER: {
      part: 'listener',
      operations: ['ADD', 'REMOVE', 'MERGE', 'INSERT_BEFORE', 'INSERT_AFTER', 'INSERT_FIRST', 'REPLACE'],
    },
    FILTER_CHAIN: { part: 'listener', operations: ['ADD', 'REMOVE', 'MERGE', 'MERGE_AND_REPLACE_LIST'] },
    NETWORK_FILTER: {
      part: 'listener',
      operations: ['ADD', 'REMOVE', 'MERGE', 'INSERT_BEFORE', 'INSERT_AFTER', 'INSERT_FIRST', 'REPLACE'],
    },
    HTTP_FILTER: {
      part: 'listener',
      operations: ['ADD', 'REMOVE', 'MERGE', 'INSERT_BEFORE', 'INSERT_AFTER', 'INSERT_FIRST', 'REPLACE'],
    },
    ROUTE_CONFIGURATION: { part: 'routeConfiguration', operations: ['MERGE', 'MERGE_AND_REPLACE_LIST'] },
    VIRTUAL_HOST: {
      part: 'routeConfiguration',
      operations: ['ADD', 'REMOVE', 'MERGE', 'MERGE_AND_REPLACE_LIST', 'REPLACE'],
    },
    HTTP_ROUTE: {
      part: 'routeConfiguration',
      operations: ['ADD', 'REMOVE', 'MERGE', 'MERGE_AND_REPLACE_LIST', 'INSERT_BEFORE', 'INSERT_AFTER', 'INSERT_FIRST'],
    },
    CLUSTER: { part: 'cluster', operations: ['ADD', 'REMOVE', 'MERGE', 'MERGE_AND_REPLACE_LIST'] },
    EXTENSION_CONFIG: { operations: ['ADD'] },
    BOOTSTRAP: { operations: [] },
  };

/** Operations on a filter that need its name. */
const NAMING: readonly PatchOperation[] = ['REMOVE', 'REPLACE', 'MERGE'];

/** @see istio pkg/config/validation/envoyfilter/envoyfilter.go `validateEnvoyFilter` */
export function checkPatch({ applyTo, match = {}, patch }: WrittenPatch, at: Pointer, input: CheckInput): void {
  const { report } = input;
  const place = at.to('patch');
  const operation = toOperation(applyTo, patch.operation);
  if (match.context === 'WAYPOINT') {
    report.add(
      'ENVOY_FILTER_NO_EFFECT',
      at.to('match').to('context'),
      'context WAYPOINT is not acted on, so the patch has no effect',
    );
    return;
  }
  if (applyTo === 'BOOTSTRAP') {
    const why = 'a proxy reads its bootstrap before it asks for anything, so a patch of BOOTSTRAP has no effect here';
    report.add('ENVOY_FILTER_NO_EFFECT', at.to('applyTo'), why);
  } else if (!TARGETS[applyTo].operations.includes(operation)) {
    const possible = TARGETS[applyTo].operations.join(', ');
    report.add(
      'ENVOY_FILTER_NO_EFFECT',
      place.to('operation'),
      `${operation} has no effect on a ${applyTo}, expected ${possible}`,
    );
  }
  checkMatch(applyTo, operation, match, at.to('match'), input);
  if (operation === 'REMOVE') return;
  if (patch.value === undefined) {
    report.add('FIELD_MISSING', place, `${place.to('value')} is missing, but ${operation} needs one`);
    return;
  }
  checkPatchValue({ target: applyTo, operation }, patch.value, place.to('value'), input);
}

function checkMatch(
  target: PatchTarget,
  operation: PatchOperation,
  match: WrittenMatch,
  at: Pointer,
  input: CheckInput,
): void {
  const { part } = TARGETS[target];
  checkVersion(match.proxy?.proxyVersion ?? '', at.to('proxy').to('proxyVersion'), input);
  for (const other of ['listener', 'routeConfiguration', 'cluster', 'waypoint'] as const) {
    if (match[other] === undefined || part === undefined || other === part) continue;
    input.report.add('ENVOY_FILTER_MATCH', at.to(other), `a ${target} is matched by ${part}, not by ${other}`, 'key');
  }
  if (part === 'listener') checkFilterMatch(target, operation, match, at, input);
}

function checkFilterMatch(
  target: PatchTarget,
  operation: PatchOperation,
  { listener }: WrittenMatch,
  at: Pointer,
  { report }: CheckInput,
): void {
  const filter = listener?.filterChain?.filter;
  const place = at.to('listener').to('filterChain').to('filter');
  if (filter !== undefined) {
    if (target === 'LISTENER' || target === 'FILTER_CHAIN')
      report.add('ENVOY_FILTER_NO_EFFECT', place, `a match by filter has no effect on a ${target}`, 'key');
    if (!filter.name) report.add('FIELD_MISSING', place, `${place.to('name')} is missing, but required`);
    else checkFilterName(filter.name, place.to('name'), { report });
    if (filter.subFilter !== undefined)
      checkSubFilter(target, filter.name ?? '', filter.subFilter.name ?? '', place, { report });
  }
  if (target !== 'LISTENER_FILTER' && target !== 'NETWORK_FILTER' && target !== 'HTTP_FILTER') return;
  const name = {
    LISTENER_FILTER: listener?.listenerFilter,
    NETWORK_FILTER: filter?.name,
    HTTP_FILTER: filter?.subFilter?.name,
  };
  if (NAMING.includes(operation) && !name[target])
    report.add(
      'ENVOY_FILTER_NO_EFFECT',
      at,
      `${operation} of a ${target} has no effect where the match does not name the filter`,
    );
}

/** The connection manager, by its name and by the one it had until 2020. */
const MANAGERS: readonly string[] = ['envoy.filters.network.http_connection_manager', 'envoy.http_connection_manager'];

function checkSubFilter(
  target: PatchTarget,
  filter: string,
  name: string,
  at: Pointer,
  { report }: Pick<CheckInput, 'report'>,
): void {
  const place = at.to('subFilter');
  if (target !== 'HTTP_FILTER')
    report.add('ENVOY_FILTER_MATCH', place, `subFilter is for HTTP_FILTER, not for a ${target}`, 'key');
  if (!MANAGERS.includes(filter))
    report.add('ENVOY_FILTER_MATCH', place, `only the filter ${MANAGERS[0]} has filters of its own`, 'key');
  if (name === '') report.add('FIELD_MISSING', place, `${place.to('name')} is missing, but required`);
  else checkFilterName(name, place.to('name'), { report });
}

/** Names of two parts are those that filters had until 2020. */
function checkFilterName(name: string, at: Pointer, { report }: Pick<CheckInput, 'report'>): void {
  if (/^envoy\.\w+$/.test(name))
    report.add(
      'ENVOY_FILTER_NO_EFFECT',
      at,
      `"${name}" is no name of a filter any more: nothing has it, so nothing matches`,
    );
}

function checkVersion(expression: string, at: Pointer, { report }: CheckInput): void {
  if (expression === '') return;
  if (expression.length > MAX_REGEX_LENGTH) {
    const why = `${at} is longer than ${MAX_REGEX_LENGTH} characters, so it matches no proxy`;
    report.add('ENVOY_FILTER_NO_EFFECT', at, why);
    return;
  }
  const verdict = judgeRegex(expression);
  if (verdict.kind === 'invalid') report.add('REGEX_INVALID', at, `${at} is no RE2 expression: ${verdict.reason}`);
}
