import protobuf from 'protobufjs';
import type { Descriptor, FieldRow, FieldRule } from '../../src/gen/descriptor.ts';
import { extraRoots, referredPackages } from './roots.ts';

/** Turns resolved protobufjs reflection into our table: all that the roots reach, sorted by full name. */
export function toDescriptor(root: protobuf.Root): Descriptor {
  const messages: Record<string, readonly FieldRow[]> = {};
  const enums: Record<string, Readonly<Record<string, number>>> = {};
  for (const object of listReachable(listRoots(root))) {
    const name = fullName(object);
    if (object instanceof protobuf.Enum) enums[name] = { ...object.values };
    else
      messages[name] = listFields(object)
        .map(toFieldRow)
        .sort((a, b) => a[1] - b[1]);
  }
  return { messages: sortKeys(messages), enums: sortKeys(enums) };
}

type MessageOrEnum = protobuf.Type | protobuf.Enum;

function listRoots(root: protobuf.Root): readonly MessageOrEnum[] {
  return [...listTypes(root), ...extraRoots.map((name) => root.lookupType(name))];
}

function listTypes(parent: protobuf.NamespaceBase): readonly MessageOrEnum[] {
  return parent.nestedArray.flatMap((child): readonly MessageOrEnum[] => {
    if (referredPackages.includes(fullName(child)) || isMapEntry(child)) return [];
    if (child instanceof protobuf.Enum) return [child];
    if (child instanceof protobuf.Type) return [child, ...listTypes(child)];
    return child instanceof protobuf.Namespace ? listTypes(child) : [];
  });
}

function isMapEntry(object: protobuf.ReflectionObject): boolean {
  return object.getOption('map_entry') === true;
}

function listReachable(roots: readonly MessageOrEnum[]): ReadonlySet<MessageOrEnum> {
  const reached = new Set(roots);
  // A set visits what is added while it is walked.
  for (const object of reached) {
    if (object instanceof protobuf.Enum) continue;
    for (const { resolvedType } of listFields(object)) if (resolvedType !== null) reached.add(resolvedType);
  }
  return reached;
}

/** Extensions of other files appear among a message's fields under a dotted name: they are annotations. */
function listFields(type: protobuf.Type): readonly protobuf.Field[] {
  return type.fieldsArray.filter((field) => !field.name.includes('.'));
}

function toFieldRow(field: protobuf.Field): FieldRow {
  const type = field.resolvedType === null ? field.type : fullName(field.resolvedType);
  const rule = ruleOf(field);
  const name = toSnakeCase(field);
  const oneof = field.partOf;
  // The compiler puts each `optional` field into a oneof of its own.
  if (oneof !== null && !oneof.isProto3Optional) return [name, field.id, type, rule, oneof.name];
  return rule === 'implicit' ? [name, field.id, type] : [name, field.id, type, rule];
}

/** protobufjs' own copies of the well-known types are in camel case already, whatever `keepCase` says. */
function toSnakeCase(field: protobuf.Field): string {
  if (!field.fullName.startsWith('.google.protobuf.')) return field.name;
  return field.name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function ruleOf(field: protobuf.Field): FieldRule {
  if (field instanceof protobuf.MapField) return `map:${field.keyType}`;
  if (field.repeated)
    return field.packed &&
      field.type !== 'string' &&
      field.type !== 'bytes' &&
      !(field.resolvedType instanceof protobuf.Type)
      ? 'packed'
      : 'repeated';
  if (field.resolvedType instanceof protobuf.Type) return 'implicit';
  return field.hasPresence ? 'explicit' : 'implicit';
}

function fullName(object: protobuf.ReflectionObject): string {
  return object.fullName.replace(/^\./, '');
}

function sortKeys<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
