import { type ForeignMessage, type ForeignPart, parseForeignJson } from '../../../gen/json-foreign.ts';
import { MessageError } from '../../../gen/message-error.ts';
import type { PatchOperation, PatchTarget } from '../../../model/envoy-filter.ts';
import type { CheckInput } from '../../define-kind.ts';
import type { Pointer } from '../../pointer.ts';

/** Envoy's type of what a patch is for. */
const TARGET_TYPES: Readonly<Record<PatchTarget, string>> = {
  LISTENER: 'envoy.config.listener.v3.Listener',
  LISTENER_FILTER: 'envoy.config.listener.v3.ListenerFilter',
  FILTER_CHAIN: 'envoy.config.listener.v3.FilterChain',
  NETWORK_FILTER: 'envoy.config.listener.v3.Filter',
  HTTP_FILTER: 'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter',
  ROUTE_CONFIGURATION: 'envoy.config.route.v3.RouteConfiguration',
  VIRTUAL_HOST: 'envoy.config.route.v3.VirtualHost',
  HTTP_ROUTE: 'envoy.config.route.v3.Route',
  CLUSTER: 'envoy.config.cluster.v3.Cluster',
  EXTENSION_CONFIG: 'envoy.config.core.v3.TypedExtensionConfig',
  BOOTSTRAP: 'envoy.config.bootstrap.v3.Bootstrap',
};

type Json = Readonly<Record<string, unknown>>;

/** Values that were read once, when they were checked. */
const messages = new WeakMap<Json, ForeignMessage>();

/**
 * What a patch says, as message of what it is for.
 * @throws MessageError when it is none.
 */
export function readPatchValue(target: PatchTarget, value: Json): ForeignMessage {
  const known = messages.get(value);
  if (known !== undefined) return known;
  const message = parseForeignJson(TARGET_TYPES[target], value);
  messages.set(value, message);
  return message;
}

/** Reports what of a patch's value is not Envoy's, or not the Envoy's of our protos. */
export function checkPatchValue(
  { target, operation }: { readonly target: PatchTarget; readonly operation: PatchOperation },
  value: Json,
  at: Pointer,
  { report }: CheckInput,
): void {
  try {
    const { message, unknown } = readPatchValue(target, value);
    // A filter's settings are merged as the type that they are, which has no place for what it lacks.
    const isMerged = FILTERS.includes(target) && operation === 'MERGE';
    for (const part of unknown) {
      const isKept = part.isKept && !(isMerged && part.kind === 'field');
      reportForeign({ ...part, isKept }, TARGET_TYPES[target], at, { report });
    }
    if (FILTERS.includes(target) && operation !== 'MERGE') checkSettings(message, at, { report });
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    const place = error.path.reduce<Pointer>((inner, segment) => inner.to(segment), at);
    report.add(
      'ENVOY_FILTER_VALUE',
      place,
      `${place} is not what ${TARGET_TYPES[target]} takes there: ${error.problem}`,
    );
  }
}

const FILTERS: readonly PatchTarget[] = ['LISTENER_FILTER', 'NETWORK_FILTER', 'HTTP_FILTER'];

function checkSettings(message: Json, at: Pointer, { report }: Pick<CheckInput, 'report'>): void {
  if (message.typed_config !== undefined || message.config_discovery !== undefined) return;
  report.add(
    'ENVOY_FILTER_UNTYPED',
    at,
    `${at} has no typed_config, and Envoy knows filters by the types of their settings`,
  );
}

function reportForeign(
  { kind, path, name, isKept }: ForeignPart,
  type: string,
  at: Pointer,
  { report }: Pick<CheckInput, 'report'>,
): void {
  const place = path.reduce<Pointer>((inner, segment) => inner.to(segment), at);
  if (kind === 'type' && isOutdated(name)) {
    report.add(
      'ENVOY_FILTER_VALUE',
      place,
      `${name} is a type of Envoy's API v2, which is gone: expected its type of v3`,
    );
    return;
  }
  const what = kind === 'type' ? `type ${name}` : `field "${name}"`;
  const fate = isKept ? 'it is passed on as written, and Envoy decides' : `it is left out of the ${type}`;
  report.add(
    'ENVOY_FILTER_FOREIGN',
    place,
    `the ${what} is not known here; ${fate}`,
    kind === 'field' ? 'key' : 'value',
  );
}

function isOutdated(typeUrl: string): boolean {
  return /\/envoy\.(?:.+\.)?v2(?:alpha\d*)?\./.test(typeUrl);
}
