import { readFileSync } from 'node:fs';

/**
 * How often a field occurs: `explicit` single values are written even when they equal their default,
 * `implicit` ones are not; `map:` is followed by the key's type.
 */
export type FieldRule = 'implicit' | 'explicit' | 'repeated' | 'packed' | `map:${string}`;

/** Name, number, scalar or full type name, rule (`implicit` when absent), the oneof it is a member of. */
export type FieldRow = readonly [name: string, number: number, type: string, rule?: FieldRule, oneof?: string];

/** Every message and enum that can be encoded, as `tools/gen` writes them. */
export interface Descriptor {
  /** Fields in the order of their numbers, by the message's full name. */
  readonly messages: Readonly<Record<string, readonly FieldRow[]>>;
  /** Numbers by value name, by the enum's full name. */
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

let loaded: Descriptor | undefined;

/** Reads the generated table, once, on first use. */
export function getDescriptor(): Descriptor {
  loaded ??= readDescriptor();
  return loaded;
}

function readDescriptor(): Descriptor {
  return JSON.parse(readFileSync(new URL('./descriptor.json', import.meta.url), 'utf8'));
}
