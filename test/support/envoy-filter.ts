import { type MessageName, messageFromJson, toJson } from '../../src/gen/codec.ts';
import type { MessageTypes } from '../../src/gen/messages.ts';
import type { EnvoyFilter, EnvoyPatch } from '../../src/model/envoy-filter.ts';
import { objectKey } from '../../src/model/object.ts';
import type { PatchedResource } from '../../src/compile/patch/patch-run.ts';
import { type CompiledResource, toResource } from '../../src/compile/resource.ts';
import { readValue } from './issues.ts';

/** What shaped the resources that are patched here. */
export const VICTIM = objectKey('VirtualService', 'default', 'victim');

/** An EnvoyFilter as a user writes it, its spec in JSON. */
export function envoyFilter(spec: object, name = 'patch', namespace = 'default'): EnvoyFilter {
  const written = {
    apiVersion: 'networking.istio.io/v1alpha3',
    kind: 'EnvoyFilter',
    metadata: { name, namespace },
    spec,
  };
  const value = readValue(JSON.stringify(written));
  if (!('patches' in value)) throw new Error('it was read as something else');
  return value;
}

/** One patch: `match` and `patch` as in `configPatches`. */
export interface WrittenPatch {
  readonly to: EnvoyPatch['target'];
  readonly op: EnvoyPatch['operation'];
  readonly match?: object;
  readonly value?: object;
}

/** The patches of an EnvoyFilter that has these. */
export function patches(...written: readonly WrittenPatch[]): readonly EnvoyPatch[] {
  const configPatches = written.map(({ to, op, match, value }) => ({
    applyTo: to,
    ...(match && { match }),
    patch: { operation: op, ...(value && { value }) },
  }));
  return envoyFilter({ configPatches }).patches;
}

/** A compiled resource, from Envoy's JSON. */
export function resourceOf<T extends MessageName>(
  type: T,
  json: Readonly<Record<string, unknown>> & { readonly name: string },
): CompiledResource {
  const message: MessageTypes[T] = messageFromJson(type, json);
  return toResource(type, json.name, message, [VICTIM]);
}

/** What came of a resource, in Envoy's JSON; `removed` when it is gone. */
export function jsonOf(type: MessageName, { resource }: PatchedResource): unknown {
  return resource === undefined ? 'removed' : toJson(type, resource.bytes);
}
