import { type Static, type TObject, type TSchema, Type } from 'typebox';
import type { Meta } from '../model/object.ts';
import type { ParseContext } from './context.ts';
import type { KindName, KindValues, ParsedObject } from './parsed-object.ts';
import { Pointer } from './pointer.ts';
import type { IssueReport } from './report.ts';
import { explainViolations } from './schema/explain.ts';
import { opaque, text } from './schema/fields.ts';
import { METADATA, type WrittenMetadata } from './schema/metadata.ts';
import { repair } from './schema/repair.ts';
import { type Validator, compileValidator } from './schema/validate.ts';

/** What a change of an object of some kind makes us compile again. */
export type Affected = 'listener' | 'route' | 'cluster' | 'endpoint' | 'secret';

/** A column that `kubectl get` shows. */
export interface PrinterColumn {
  readonly name: string;
  readonly jsonPath: string;
  readonly type: 'string' | 'date';
  readonly description: string;
}

/** The column that every kind has; last, unless a kind names it where it shall stand. */
export const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since the object was created.',
};

/** What everybody may know about a kind. */
export interface KindFacts<K extends KindName = KindName> {
  /** Empty for Kubernetes' core group. */
  readonly group: string;
  readonly kind: K;
  readonly plural: string;
  /** Newest first. */
  readonly versions: readonly [string, ...string[]];
  readonly scope: 'namespaced' | 'cluster';
  readonly affects: readonly Affected[];
}

/** What `parse` knows beside the object's own fields. */
export interface ParseInput {
  readonly meta: Meta;
  readonly context: ParseContext;
  /** The object's status as somebody wrote it; unchecked. */
  readonly status: Readonly<Record<string, unknown>>;
}

/** What checks know, and where they report. */
export interface CheckInput extends ParseInput {
  readonly report: IssueReport;
}

/** What reading one object needs. */
export interface ReadInput {
  readonly context: ParseContext;
  readonly report: IssueReport;
  /** Checks the metadata and completes it. */
  meta(written: WrittenMetadata): Meta;
}

/** One kind, ready to read objects. */
export interface Kind<K extends KindName = KindName> extends KindFacts<K> {
  /** Of the whole object, `metadata` included. */
  readonly schema: TSchema;
  /** How its CRD presents it; absent for kinds that Kubernetes itself brings. */
  readonly resource?: ResourceFacts;
  /** Checks shape, then meaning, then parses; `undefined` when the report has errors. Changes `object` where it repairs it. */
  read(object: unknown, input: ReadInput): ParsedObject | undefined;
}

/** What a CRD says beyond the schema. */
export interface ResourceFacts {
  readonly description: string;
  readonly spec: TSchema;
  readonly shortNames: readonly string[];
  readonly columns: readonly PrinterColumn[];
}

interface KindDefinition<K extends KindName, S extends TSchema> extends KindFacts<K>, ResourceFacts {
  readonly spec: S;
  /** What a schema cannot say: fields that depend on each other. Runs on specs of the right shape. */
  check(spec: Static<S>, at: Pointer, input: CheckInput): void;
  /** Total on specs that were checked without errors. */
  parse(spec: Static<S>, input: ParseInput): KindValues[K];
}

interface InputDefinition<K extends KindName, O extends TObject> extends KindFacts<K> {
  readonly fields: O;
  check?(object: Envelope & Static<O>, at: Pointer, input: CheckInput): void;
  parse(object: Envelope & Static<O>, input: ParseInput): KindValues[K];
}

/** Defines a kind of Istio's API, all of whose fields are in its `spec`. Unknown fields are issues. */
export function defineKind<const K extends KindName, S extends TSchema>(definition: KindDefinition<K, S>): Kind<K> {
  const { group, kind, plural, versions, scope, affects, description, spec, shortNames, columns } = definition;
  const schema = Type.Object(
    {
      apiVersion: text('Group and version.'),
      kind: text('Kind.'),
      metadata: METADATA,
      spec,
      status: Type.Optional(opaque('Status.')),
    },
    { additionalProperties: false },
  );
  const at = Pointer.root.to('spec');
  const read = createReader<K, Envelope & { readonly spec: Static<S> }>(kind, schema, {
    check: (object, input) => definition.check(object.spec, at, input),
    parse: (object, input) => definition.parse(object.spec, input),
  });
  return {
    group,
    kind,
    plural,
    versions,
    scope,
    affects,
    schema,
    resource: { description, spec, shortNames, columns },
    read,
  };
}

/** Defines a kind of Kubernetes of which the mesh reads only some fields. Fields not named here are let through. */
export function defineInput<const K extends KindName, O extends TObject>(definition: InputDefinition<K, O>): Kind<K> {
  const { group, kind, plural, versions, scope, affects, fields } = definition;
  const schema = Type.Object({
    ...fields.properties,
    apiVersion: text('Group and version.'),
    kind: text('Kind.'),
    metadata: METADATA,
  });
  const read = createReader<K, Envelope & Static<O>>(kind, schema, {
    check: (object, input) => definition.check?.(object, Pointer.root, input),
    parse: (object, input) => definition.parse(object, input),
  });
  return { group, kind, plural, versions, scope, affects, schema, read };
}

interface Envelope {
  readonly metadata: WrittenMetadata;
  readonly status?: unknown;
}

interface Steps<K extends KindName, T> {
  check(object: T, input: CheckInput): void;
  parse(object: T, input: ParseInput): KindValues[K];
}

function createReader<K extends KindName, T extends Envelope>(
  kind: K,
  schema: TSchema,
  steps: Steps<K, T>,
): Kind<K>['read'] {
  let validator: Validator<T> | undefined;
  return (object, { context, report, meta: toMeta }) => {
    validator ??= compileValidator<T>(schema);
    if (!hasShape(validator, schema, object, report)) return undefined;
    const meta = toMeta(object.metadata);
    const input = { meta, context, status: isRecord(object.status) ? object.status : {} };
    steps.check(object, { ...input, report });
    return report.hasErrors ? undefined : toParsed(kind, meta, steps.parse(object, input));
  };
}

function hasShape<T>(validator: Validator<T>, schema: TSchema, object: unknown, report: IssueReport): object is T {
  if (validator(object)) return true;
  // One repair may uncover a value that needs another: text inside a list that came as text.
  if (repair(object, validator.errors ?? []) && validator(object)) return true;
  explainViolations(object, schema, validator.errors ?? [], report);
  return false;
}

// TypeScript cannot see that one K ties the three together; this constructor is the only place that must.
function toParsed<K extends KindName>(kind: K, meta: Meta, value: KindValues[K]): ParsedObject {
  return { kind, meta, value } as unknown as ParsedObject;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
