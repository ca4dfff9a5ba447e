import { toJson } from '../../gen/codec.ts';
import { findMessageType } from '../../gen/message-type.ts';
import type { EnvoyFilter, EnvoyPatch } from '../../model/envoy-filter.ts';
import { keyOf } from '../../model/object.ts';
import { CA_SUFFIX } from '../sds.ts';
import { isServedHere, type SecretDemand } from './demand.ts';
import type { SecretRole } from './secret.ts';

/**
 * Every secret that patches make Envoy ask the control plane for: wherever a value has a `name` beside an `sds_config` that says `ads`. An
 * EnvoyFilter lends nobody what lies in another namespace than the proxy's.
 * @param filters those that the patches are of.
 * @see istio pilot/pkg/xds/sds.go `Generate`, which asks nobody why a proxy wants a secret.
 */
export function listPatchSecretDemands(
  patches: readonly EnvoyPatch[],
  filters: readonly EnvoyFilter[],
): readonly SecretDemand[] {
  const metas = new Map(filters.map(({ meta }) => [keyOf(meta), meta]));
  return patches.flatMap(({ filter, value }) => {
    const by = metas.get(filter);
    if (by === undefined) return [];
    const found = [...findReferences(value, '')].map((reference) => ({ ...reference, by, lends: false }));
    return found.filter(isServedHere);
  });
}

interface Reference {
  readonly name: string;
  readonly role: SecretRole;
}

/** @param field the one that holds the value. */
function* findReferences(value: unknown, field: string): Generator<Reference> {
  if (Array.isArray(value)) for (const element of value) yield* findReferences(element, field);
  if (!isObject(value)) return;
  const { name, type_url: packed, value: bytes, sds_config: snake, sdsConfig: camel } = value;
  if (typeof packed === 'string' && bytes instanceof Uint8Array) yield* findReferences(unpack(packed, bytes), field);
  // A structure has what the user wrote, in either spelling.
  const source = snake ?? camel;
  if (typeof name === 'string' && isObject(source) && 'ads' in source) yield { name, role: roleOf(name, field) };
  for (const [key, inner] of Object.entries(value)) yield* findReferences(inner, key);
}

/** What an `Any` holds, as JSON; nothing where the type is one that only Envoy knows. */
function unpack(typeUrl: string, bytes: Uint8Array): unknown {
  const type = findMessageType(typeUrl.replace(/^.*\//, ''));
  return type && toJson(type.name, bytes);
}

/** What Envoy takes there: the field says it, and by Istio's convention the name. */
function roleOf(name: string, field: string): SecretRole {
  return /^validation_?context/i.test(field) || name.endsWith(CA_SUFFIX) ? 'roots' : 'certificate';
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
