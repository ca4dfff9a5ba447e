import { isJsonList, isJsonObject, type Json, type JsonObject, textsAt } from '../../json.ts';
import { fromJson, type GoStruct, type GoValue, toTextMap } from '../value.ts';
import { toDuration } from './duration.ts';
import { type FieldType, findShape, type Shape, toJsonName } from './shape.ts';

type Found = NonNullable<ReturnType<GoStruct['find']>>;

/** A Go struct over a JSON object. */
export class StructView implements GoStruct {
  readonly typeName: string;
  readonly isNil: boolean;
  readonly text = undefined;
  readonly #shape: Shape;
  readonly #json: JsonObject;
  readonly #print: ((json: JsonObject) => unknown) | undefined;
  /** Read once: templates ask for the same annotations over and over, and may change a map that they were given. */
  readonly #known = new Map<string, Found>();

  /** @param print How the struct is written as JSON, where that is not as it is. */
  constructor(shape: Shape, json: JsonObject | undefined, print?: (json: JsonObject) => unknown) {
    this.typeName = shape.isMessage ? `*${shape.name}` : shape.name;
    this.isNil = json === undefined;
    this.#shape = shape;
    this.#json = json ?? {};
    this.#print = print;
  }

  find(name: string): Found | undefined {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const found = this.#read(name);
    if (found !== undefined) this.#known.set(name, found);
    return found;
  }

  #read(name: string): Found | undefined {
    const { fields, isMessage } = this.#shape;
    const isMethod = isMessage && name.startsWith('Get') && name.length > 3;
    const field = isMethod ? name.slice(3) : name;
    const type = fields.get(field);
    if (type === undefined && !isMessage) return undefined;
    return { value: toGoValue(this.#json[toJsonName(field)], type ?? 'any'), isMethod };
  }

  toJson(): unknown {
    return this.#print === undefined ? inOrder(this.#json, this.#shape) : this.#print(this.#json);
  }
}

/** Fields in Go's order; those that the shape does not have come last. */
function inOrder(json: JsonObject, { fields }: Shape): JsonObject {
  const result: Record<string, Json | undefined> = {};
  for (const name of fields.keys()) {
    const field = toJsonName(name);
    if (json[field] !== undefined) result[field] = json[field];
  }
  return { ...result, ...json };
}

/** A value of JSON as a field of a type; what is absent is the type's zero. */
function toGoValue(json: Json | undefined, type: FieldType): GoValue {
  switch (type) {
    case 'string':
      return typeof json === 'string' ? json : '';
    case 'int':
      return typeof json === 'number' ? BigInt(Math.trunc(json)) : 0n;
    case '*int':
      return typeof json === 'number' ? BigInt(Math.trunc(json)) : null;
    case 'bool':
      return json === true;
    case '*bool':
      return typeof json === 'boolean' ? json : null;
    case 'texts':
      return toTextMap(isJsonObject(json) ? textsAt(json) : {});
    case 'texts[]':
      return isJsonList(json) ? json.map((one) => String(one)) : [];
    case 'any':
      return fromJson(json) ?? undefined;
    case 'duration':
      return toDuration(json);
    default:
      return type.startsWith('enum:') ? toEnum(json, type.slice(5)) : toStruct(json, type);
  }
}

function toStruct(json: Json | undefined, type: string): GoValue {
  const shape = findShape(type.replace(/^[*]|\[\]$/g, ''));
  if (shape === undefined) return fromJson(json);
  if (type.endsWith('[]'))
    return isJsonList(json) ? json.filter(isJsonObject).map((one) => new StructView(shape, one)) : [];
  const isWrapper = shape.fields.size === 1 && shape.fields.has('Value');
  if (isWrapper) return new StructView(shape, json === undefined || json === null ? undefined : { value: json });
  return new StructView(shape, isJsonObject(json) ? json : type.startsWith('*') ? undefined : {});
}

/** A number with a name, which is what it prints. */
function toEnum(json: Json | undefined, zero: string): GoStruct {
  const text = typeof json === 'string' ? json : zero;
  return {
    typeName: 'enum',
    isNil: false,
    text,
    find: (name) => (name === 'String' ? { value: text, isMethod: true } : undefined),
    toJson: () => text,
  };
}
