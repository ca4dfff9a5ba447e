import type { TSchema } from 'typebox';
import type { Pointer } from '../pointer.ts';
import type { IssueReport } from '../report.ts';
import { explainViolation } from '../schema/explain.ts';
import { findOwner, repair } from '../schema/repair.ts';
import type { Validator, Violation } from '../schema/validate.ts';

/**
 * Whether a value has the shape of a schema once unknown fields are set aside: each is noted and removed, and names in protobuf's own
 * spelling (`trust_domain`) become ours, as Istio takes both.
 */
export function tolerate<T>(root: unknown, validator: Validator<T>, schema: TSchema, report: IssueReport): root is T {
  // A renamed field may hold unknown fields of its own, and a repaired one, too.
  for (let round = 0; round < 10; round++) {
    if (validator(root)) return true;
    const violations = validator.errors ?? [];
    const strays = violations.filter(({ keyword }) => keyword === 'additionalProperties');
    for (const stray of strays) setAside(root, stray, schema, report);
    if (!repair(root, violations) && strays.length === 0) return false;
  }
  return validator(root);
}

function setAside(root: unknown, stray: Violation, schema: TSchema, report: IssueReport): void {
  const field = String(stray.params.additionalProperty);
  const owner = findOwner(root, stray.instancePath);
  if (owner === undefined) return;
  const camel = field.replace(/_([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const value = owner[field];
  delete owner[field];
  if (camel !== field && Object.hasOwn(Object(stray.parentSchema?.properties), camel)) {
    owner[camel] ??= value;
  } else {
    const { path, message } = explainViolation(root, schema, stray);
    report.add('MESH_FIELD_UNKNOWN', path, message, 'key');
  }
}

/** Notes fields that are written although nothing acts on them yet. */
export function reportUnused(value: unknown, schema: TSchema, at: Pointer, report: IssueReport): void {
  const { properties = {} }: { properties?: Readonly<Record<string, TSchema>> } = schema;
  for (const [field, written] of Object.entries(Object(value))) {
    const property: { unused?: boolean } | undefined = properties[field];
    if (property === undefined) continue;
    if (property.unused)
      report.add('MESH_FIELD_UNUSED', at.to(field), `${at.to(field)} is understood, but nothing acts on it yet`, 'key');
    else if (Array.isArray(written)) reportUnusedIn(written, property, at.to(field), report);
    else if (typeof written === 'object') reportUnused(written, property, at.to(field), report);
  }
}

function reportUnusedIn(list: readonly unknown[], schema: TSchema, at: Pointer, report: IssueReport): void {
  const { items }: { items?: TSchema } = schema;
  if (items === undefined) return;
  for (const [index, item] of list.entries())
    if (typeof item === 'object') reportUnused(item, items, at.to(index), report);
}
