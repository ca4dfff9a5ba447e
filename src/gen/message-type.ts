import { type FieldRow, type FieldRule, getDescriptor } from './descriptor.ts';
import { MessageError } from './message-error.ts';
import { type Scalar, scalars } from './scalar.ts';

/** What a field's single values are. */
export type ValueType =
  | { readonly kind: 'scalar'; readonly name: string; readonly scalar: Scalar }
  | { readonly kind: 'enum'; readonly type: EnumType }
  | { readonly kind: 'message'; readonly type: MessageType };

/** One field of a message. */
export class FieldType {
  readonly name: string;
  readonly number: number;
  readonly rule: 'implicit' | 'explicit' | 'repeated' | 'packed' | 'map';
  /** Type of a map's keys. */
  readonly key: { readonly name: string; readonly scalar: Scalar } | undefined;
  /** The oneof that it is a member of. */
  readonly oneof: string | undefined;
  readonly #typeName: string;
  #value: ValueType | undefined;

  constructor([name, number, typeName, rule = 'implicit', oneof]: FieldRow) {
    this.name = name;
    this.number = number;
    this.oneof = oneof;
    this.#typeName = typeName;
    this.key = keyOf(rule);
    this.rule = this.key === undefined ? plainRule(rule) : 'map';
  }

  /** Resolved on first use: types refer to each other in circles. */
  get value(): ValueType {
    this.#value ??= findValueType(this.#typeName);
    return this.#value;
  }
}

/** A message type: its fields by name and by number. */
export class MessageType {
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldType>;
  readonly byNumber: ReadonlyMap<number, FieldType>;
  /** Members by oneof; the fields of no oneof are under undefined. */
  readonly oneofs: ReadonlyMap<string | undefined, readonly FieldType[]>;

  constructor(name: string, rows: readonly FieldRow[]) {
    const fields = rows.map((row) => new FieldType(row));
    this.name = name;
    this.fields = new Map(fields.map((field) => [field.name, field]));
    this.byNumber = new Map(fields.map((field) => [field.number, field]));
    this.oneofs = Map.groupBy(fields, (field) => field.oneof);
  }
}

/** An enum type, both ways. Of values that share a number the first declared is the name. */
export class EnumType {
  readonly name: string;
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;

  constructor(name: string, values: Readonly<Record<string, number>>) {
    const entries = Object.entries(values);
    this.name = name;
    this.numbers = new Map(entries);
    this.names = new Map(entries.map(([value, number]): [number, string] => [number, value]).reverse());
  }
}

const messageTypes = new Map<string, MessageType>();
const enumTypes = new Map<string, EnumType>();

/** The type of a full name without leading dot, or undefined when nothing of that name was generated. */
export function findMessageType(name: string): MessageType | undefined {
  const known = messageTypes.get(name);
  if (known !== undefined) return known;
  const { messages } = getDescriptor();
  const rows = Object.hasOwn(messages, name) ? messages[name] : undefined;
  if (rows === undefined) return undefined;
  const type = new MessageType(name, rows);
  messageTypes.set(name, type);
  return type;
}

/** @throws MessageError when nothing of that name was generated. */
export function getMessageType(name: string): MessageType {
  const type = findMessageType(name);
  if (type === undefined) throw new MessageError(`no message type ${name}`);
  return type;
}

function findEnumType(name: string): EnumType | undefined {
  const known = enumTypes.get(name);
  if (known !== undefined) return known;
  const values = getDescriptor().enums[name];
  if (values === undefined) return undefined;
  const type = new EnumType(name, values);
  enumTypes.set(name, type);
  return type;
}

function findValueType(name: string): ValueType {
  const scalar = scalars[name];
  if (scalar !== undefined) return { kind: 'scalar', name, scalar };
  const type = findEnumType(name);
  return type === undefined ? { kind: 'message', type: getMessageType(name) } : { kind: 'enum', type };
}

function keyOf(rule: FieldRule): FieldType['key'] {
  const name = rule.startsWith('map:') ? rule.slice('map:'.length) : '';
  const scalar = scalars[name];
  return scalar === undefined ? undefined : { name, scalar };
}

function plainRule(rule: FieldRule): Exclude<FieldType['rule'], 'map'> {
  if (rule === 'explicit' || rule === 'repeated' || rule === 'packed') return rule;
  return 'implicit';
}
