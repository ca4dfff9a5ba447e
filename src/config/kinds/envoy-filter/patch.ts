import type { Static } from 'typebox';
import type { EnvoyPatch, PatchOperation, PatchTarget } from '../../../model/envoy-filter.ts';
import { keyOf, type Meta } from '../../../model/object.ts';
import { present } from '../../present.ts';
import { choice, object, opaque } from '../../schema/fields.ts';
import {
  MATCH,
  parseClusterMatch,
  parseListenerMatch,
  parseProxyMatch,
  parseRouteConfigurationMatch,
} from './match.ts';
import { readPatchValue } from './value.ts';

const TARGETS = [
  'LISTENER',
  'FILTER_CHAIN',
  'NETWORK_FILTER',
  'HTTP_FILTER',
  'ROUTE_CONFIGURATION',
  'VIRTUAL_HOST',
  'HTTP_ROUTE',
  'CLUSTER',
  'EXTENSION_CONFIG',
  'BOOTSTRAP',
  'LISTENER_FILTER',
] as const satisfies readonly PatchTarget[];

const OPERATIONS = [
  'MERGE',
  'ADD',
  'REMOVE',
  'INSERT_BEFORE',
  'INSERT_AFTER',
  'INSERT_FIRST',
  'REPLACE',
  'MERGE_AND_REPLACE_LIST',
] as const satisfies readonly PatchOperation[];

/** One patch, as it is written. */
export const PATCH = object('A change of what the control plane generates.', {
  required: {
    applyTo: choice("What is changed; BOOTSTRAP is the agent's, so it has no effect here.", TARGETS, {
      absent: 'none, it must be written',
    }),
    patch: object('The change.', {
      required: {
        operation: choice('What is done with the value.', OPERATIONS, { absent: 'none, it must be written' }),
      },
      optional: {
        value: opaque(
          "Envoy's JSON of what is changed, or of what is added; a removal needs none. What is merged adds to lists, and turns nothing off: 0, false and empty text are as if not written.",
        ),
        filterClass: choice('Has no effect.', ['UNSPECIFIED', 'AUTHN', 'AUTHZ', 'STATS'], { deprecated: true }),
      },
    }),
  },
  optional: { match: MATCH },
});

export type WrittenPatch = Static<typeof PATCH>;

/** Targets that know places to insert at; an insertion into anything else adds. */
const ORDERED: readonly PatchTarget[] = ['LISTENER_FILTER', 'NETWORK_FILTER', 'HTTP_FILTER', 'HTTP_ROUTE'];

/** The operation that is done: an insertion where there are no places is an addition. */
export function toOperation(target: PatchTarget, operation: PatchOperation): PatchOperation {
  return operation.startsWith('INSERT_') && !ORDERED.includes(target) ? 'ADD' : operation;
}

/** Total on patches that were checked without errors. */
export function parsePatch({ applyTo, match = {}, patch }: WrittenPatch, index: number, meta: Meta): EnvoyPatch {
  const { proxy, listener, routeConfiguration, cluster } = match;
  const { value = {}, operation } = patch;
  return {
    filter: keyOf(meta),
    index,
    target: applyTo,
    context: match.context ?? 'ANY',
    operation: toOperation(applyTo, operation),
    // What WAYPOINT says is not checked, and never used.
    value: match.context === 'WAYPOINT' || operation === 'REMOVE' ? {} : readPatchValue(applyTo, value).message,
    ...present({
      proxy: proxy && parseProxyMatch(proxy),
      listener: listener && parseListenerMatch(listener),
      routeConfiguration: routeConfiguration && parseRouteConfigurationMatch(routeConfiguration),
      cluster: cluster && parseClusterMatch(cluster),
    }),
  };
}
