import type { MessageName } from './codec.ts';
import { type FieldType, getMessageType, type MessageType } from './message-type.ts';
import type { MessageTypes } from './messages.ts';

/** What becomes of the elements that a list had: kept in front of those of the patch, or replaced by them. */
export type ListMerge = 'append' | 'replace';

type Plain = Readonly<Record<string, unknown>>;

/**
 * Merges `patch` into `base`, as protobuf does: fields that the patch sets replace those of the base, messages are merged field by field,
 * lists are joined, maps are replaced entry by entry, and a member of a oneof ends the others. A field of a default value is a field that is
 * not set, so nothing can be turned off this way.
 *
 * A duration or an `Any` is one value: half of the old and half of the new would be nothing that anybody wrote.
 * @see istio pkg/proto/merge/merge.go `Merge`, whose rules these are
 */
export function mergeMessage<T extends MessageName>(
  type: T,
  base: MessageTypes[T],
  patch: MessageTypes[T],
  lists: ListMerge,
): MessageTypes[T] {
  return mergePlain(getMessageType(type), { ...base }, { ...patch }, lists) as MessageTypes[T];
}

const WHOLE_VALUES: ReadonlySet<string> = new Set(['google.protobuf.Duration', 'google.protobuf.Any']);

/** `mergeMessage` of a type known only at run time. */
export function mergePlain(type: MessageType, base: Plain, patch: Plain, lists: ListMerge): Plain {
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(patch)) {
    const field = type.fields.get(name);
    if (field === undefined || isUnset(field, value)) continue;
    if (field.oneof !== undefined) {
      for (const member of type.oneofs.get(field.oneof) ?? []) if (member !== field) delete merged[member.name];
    }
    merged[name] = mergeField(field, merged[name], value, lists);
  }
  return merged;
}

function mergeField(field: FieldType, base: unknown, patch: unknown, lists: ListMerge): unknown {
  if (base === undefined) return patch;
  switch (field.rule) {
    case 'map':
      return { ...toPlain(base), ...toPlain(patch) };
    case 'repeated':
    case 'packed':
      return lists === 'append' && Array.isArray(base) && Array.isArray(patch) ? [...base, ...patch] : patch;
    default: {
      const { value } = field;
      if (value.kind !== 'message' || WHOLE_VALUES.has(value.type.name)) return patch;
      return mergePlain(value.type, toPlain(base), toPlain(patch), lists);
    }
  }
}

function isUnset({ rule, value: type }: FieldType, value: unknown): boolean {
  if (value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (rule !== 'implicit' || type.kind === 'message') return false;
  if (type.kind === 'enum') return value === 0 || value === type.type.names.get(0);
  return value === '' || value === 0 || value === '0' || value === false || isEmptyBytes(value);
}

function isEmptyBytes(value: unknown): boolean {
  return value instanceof Uint8Array && value.length === 0;
}

function toPlain(value: unknown): Plain {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
