/** A Go struct: its fields by Go's names, in Go's order, each with its type. */
export interface Shape {
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldType>;
  /** Of protobuf: each field has a method `GetX` that nil pointers have too, and fields that are not listed are found by their JSON names. */
  readonly isMessage: boolean;
}

/**
 * `string`, `int`, `bool` and `any` as they are; `texts` is a map of texts, `texts[]` a list; a struct's name is that struct, with `*` a pointer
 * to it, with `[]` a list; `enum:ZERO` and `duration` are protobuf's; `*int` and `*bool` are pointers.
 */
export type FieldType = string;

const shapes = new Map<string, Shape>();

/** The shape of that name. */
export function findShape(name: string): Shape | undefined {
  return shapes.get(name);
}

/**
 * Declares a struct.
 * @param fields `Name:type`, with blanks between.
 */
export function declareShape(name: string, fields: string, isMessage = false): void {
  const entries = fields
    .trim()
    .split(/\s+/)
    .map((field) => /^(\w+):(.+)$/.exec(field) ?? []);
  shapes.set(name, {
    name,
    fields: new Map(entries.map(([, field = '', type = 'any']) => [field, type])),
    isMessage,
  });
}

/** The name in JSON of a Go field: its first word in lower case, an acronym whole. */
export function toJsonName(goName: string): string {
  return goName.replace(/^(?:[A-Z]+(?=[A-Z][a-z]|$)|[A-Z])/, (front) => front.toLowerCase());
}
