import { type Static, type TProperties, type TSchema, Type } from 'typebox';
import type { FormatName } from './formats.ts';

/*
 * The words that kinds are written in. Each makes a JSON schema and, through it, the TypeScript type of what users write.
 * A description is the field's documentation: it goes into the CRD and into docs/kinds.
 */

export interface FieldOptions {
  /** What an absent field means, for the documentation. */
  readonly absent?: string;
  readonly deprecated?: boolean;
}

export interface TextOptions extends FieldOptions {
  readonly format?: FormatName;
  /** Never repeated in what people read: an issue says where it is, not what it says. */
  readonly secret?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
}

export interface NumberOptions extends FieldOptions {
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface ListOptions extends FieldOptions {
  readonly minItems?: number;
  readonly maxItems?: number;
}

export interface MapOptions extends FieldOptions {
  /** What API servers check by themselves, in CEL; the kind's own check says the same better. */
  readonly rules?: readonly { readonly rule: string; readonly message: string }[];
}

export interface ObjectOptions extends MapOptions {
  /** Groups of fields of which at most one may be written. */
  readonly exclusive?: readonly (readonly string[])[];
  /** `null` stands for an object without fields, not for "not written". */
  readonly nullIsEmpty?: boolean;
}

export function text(description: string, options: TextOptions = {}) {
  return Type.String({ description, ...options });
}

/** The largest number of 32 bits with a sign, which is what most counts are kept in. */
export const MAX_INT32 = 2_147_483_647;

/** A whole number; of 32 bits, unless told otherwise. */
export function whole(description: string, options: NumberOptions = {}) {
  return Type.Integer({ description, maximum: MAX_INT32, ...options });
}

export function decimal(description: string, options: NumberOptions = {}) {
  return Type.Number({ description, ...options });
}

export function flag(description: string, options: FieldOptions = {}) {
  return Type.Boolean({ description, ...options });
}

/** One of a closed set of names. Unless told otherwise, an absent field means the first. */
export function choice<const V extends readonly [string, ...string[]]>(
  description: string,
  values: V,
  options: FieldOptions = {},
) {
  return Type.Unsafe<V[number]>({ type: 'string', enum: values, description, absent: values[0], ...options });
}

export function listOf<S extends TSchema>(description: string, items: S, options: ListOptions = {}) {
  return Type.Array(items, { description, ...options });
}

/** Values by a name that users choose. */
export function mapOf<S extends TSchema>(description: string, values: S, options: MapOptions = {}) {
  return Type.Unsafe<Record<string, Static<S>>>({
    type: 'object',
    additionalProperties: values,
    description,
    ...options,
  });
}

/** JSON whose fields are somebody else's. */
export function opaque(description: string, options: FieldOptions = {}) {
  return Type.Unsafe<Record<string, unknown>>({ type: 'object', open: true, description, ...options });
}

/** An object with exactly these fields. */
export function object<O extends TProperties, R extends TProperties>(
  description: string,
  fields: Fields<O, R>,
  options: ObjectOptions = {},
) {
  return Type.Object(
    { ...fields.required, ...Type.Partial(Type.Object(fields.optional)).properties },
    { additionalProperties: false, description, ...options },
  );
}

/** Fields that must be written and fields that need not be. */
export interface Fields<O extends TProperties, R extends TProperties> {
  readonly required: R;
  readonly optional: O;
}

/** An object of which only these fields matter; others are let through. */
export function loose<O extends TProperties>(description: string, optional: O, options: FieldOptions = {}) {
  return Type.Object(Type.Partial(Type.Object(optional)).properties, { open: true, description, ...options });
}

/** A number, or the name of something that has one. */
export function numberOrName(description: string, options: NumberOptions = {}) {
  return Type.Unsafe<number | string>({ type: ['integer', 'string'], description, ...options });
}

/** Marks a field that is read and checked, but that nothing acts on yet. */
export function unused<S extends TSchema>(schema: S): S {
  return { ...schema, unused: true };
}
