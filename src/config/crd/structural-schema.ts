import type { TSchema } from 'typebox';
import { PATTERNS } from '../schema/patterns.ts';

/** A schema as an API server takes it in a CustomResourceDefinition. */
export interface StructuralSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly description?: string;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly required?: readonly string[];
  readonly items?: StructuralSchema;
  readonly additionalProperties?: StructuralSchema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly format?: 'int64' | 'double';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly allOf?: readonly Condition[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
  readonly 'x-kubernetes-int-or-string'?: true;
  readonly 'x-kubernetes-validations'?: readonly ValueRule[];
}

/** A rule in CEL, on the value as `self`. */
export interface ValueRule {
  readonly rule: string;
  readonly message: string;
}

/** A condition on which fields are written; it may say nothing else. */
export interface Condition {
  readonly required?: readonly string[];
  readonly not?: Condition;
  readonly anyOf?: readonly Condition[];
  readonly oneOf?: readonly Condition[];
}

/** What of our schemas is read here. */
interface Written {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly absent?: string;
  readonly deprecated?: boolean;
  readonly open?: boolean;
  readonly properties?: Readonly<Record<string, Written>>;
  readonly required?: readonly string[];
  readonly items?: Written;
  readonly additionalProperties?: Written | false;
  readonly exclusive?: readonly (readonly string[])[];
  readonly format?: string;
  readonly rules?: readonly ValueRule[];
}

/** Formats of which a pattern says too little. The control plane still checks all of it. */
const RULES: Readonly<Record<string, ValueRule>> = {
  duration: { rule: "duration(self) >= duration('1ms')", message: 'must be at least 1 ms' },
  'socket-duration': { rule: "duration(self) >= duration('1ms')", message: 'must be at least 1 ms' },
  'whole-seconds': { rule: "duration(self) >= duration('1s')", message: 'must be at least 1 s' },
};

/** Words that mean the same in both. */
const SHARED = ['enum', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems'] as const;

/**
 * Turns the schema of a kind into a structural one: a type everywhere, no references, and nothing that forbids unknown fields, which API
 * servers drop by themselves.
 * @see Kubernetes apiextensions/v1 `JSONSchemaProps`, "structural schemas"
 */
export function toStructural(schema: TSchema): StructuralSchema {
  return convert(schema);
}

function convert(written: Written): StructuralSchema {
  const description = describe(written);
  const { type } = written;
  if (Array.isArray(type)) return { description, 'x-kubernetes-int-or-string': true };
  switch (type) {
    case 'object':
      return { type, description, ...convertObject(written), ...convertRules(written), ...pick(written) };
    case 'array':
      return { type, description, items: convert(written.items ?? {}), ...pick(written) };
    case 'integer':
      return { type, description, format: 'int64', ...pick(written) };
    case 'number':
      return { type, description, format: 'double', ...pick(written) };
    case 'string':
      return { type, description, ...convertFormat(written.format), ...pick(written) };
    case 'boolean':
      return { type, description };
    default:
      throw new Error(`a schema has the type ${String(type)}, which no CRD knows`);
  }
}

function convertFormat(format: string | undefined): Partial<StructuralSchema> {
  if (format === undefined) return {};
  const [pattern, rule] = [PATTERNS[format], RULES[format]];
  return {
    ...(pattern === undefined ? {} : { pattern }),
    ...(rule === undefined ? {} : { 'x-kubernetes-validations': [rule] }),
  };
}

function convertObject(written: Written): Partial<StructuralSchema> {
  const { properties = {}, required = [], additionalProperties, exclusive = [], open } = written;
  if (additionalProperties) return { additionalProperties: convert(additionalProperties) };
  const fields = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...(fields.length === 0
      ? {}
      : { properties: Object.fromEntries(fields.map(([name, field]) => [name, convert(field)])) }),
    ...(required.length === 0 ? {} : { required: [...required].sort() }),
    ...(exclusive.length === 0 ? {} : { allOf: exclusive.map(atMostOne) }),
    ...(open ? { 'x-kubernetes-preserve-unknown-fields': true } : {}),
  };
}

function convertRules({ rules = [] }: Written): Partial<StructuralSchema> {
  return rules.length === 0 ? {} : { 'x-kubernetes-validations': rules };
}

function atMostOne(names: readonly string[]): Condition {
  const each = names.map((name) => ({ required: [name] }));
  return { oneOf: [{ not: { anyOf: each } }, ...each] };
}

function describe({ description = '', absent, deprecated }: Written): string {
  return [deprecated ? 'Deprecated.' : '', description, absent === undefined ? '' : `Default: ${absent}.`]
    .filter((part) => part !== '')
    .join(' ');
}

function pick(written: object): Partial<StructuralSchema> {
  return Object.fromEntries(Object.entries(written).filter(([word]) => SHARED.some((shared) => shared === word)));
}
