import { distance } from 'fastest-levenshtein';
import type { TSchema } from 'typebox';
import { type Path, toFieldName } from '../path.ts';
import type { IssueCode } from '../codes.ts';
import type { FieldPart } from '../read/find-place.ts';
import type { IssueReport } from '../report.ts';
import { findSimilar } from '../similar.ts';
import { findFormat } from './formats.ts';
import { toKeys } from './repair.ts';
import type { Violation } from './validate.ts';

/** Reports what a value violated, in the words of its user. */
export function explainViolations(
  root: unknown,
  schema: TSchema,
  violations: readonly Violation[],
  report: IssueReport,
): void {
  for (const violation of violations) {
    // Of a text that is something else altogether, every line is wrong.
    if (report.isFull) return;
    const { code, path, message, part } = explainViolation(root, schema, violation);
    report.add(code, path, message, part);
  }
}

/** One violation in the words of its user. */
export function explainViolation(root: unknown, schema: TSchema, violation: Violation): Explanation {
  return explain(violation, toPath(root, violation.instancePath), schema);
}

interface Explanation {
  readonly code: IssueCode;
  readonly path: Path;
  readonly message: string;
  readonly part?: FieldPart;
}

function explain(violation: Violation, path: Path, schema: TSchema): Explanation {
  const { keyword, params, data } = violation;
  const name = path.length === 0 ? 'the document' : toFieldName(path);
  switch (keyword) {
    case 'additionalProperties': {
      const field = String(params.additionalProperty);
      const where = path.length > 0 ? ` in ${name}` : '';
      const message = `unknown field "${field}"${where}${hintAt(field, violation, schema, path)}`;
      return { code: 'FIELD_UNKNOWN', path: [...path, field], message, part: 'key' };
    }
    case 'required': {
      const missing = [...path, String(params.missingProperty)];
      return { code: 'FIELD_MISSING', path: missing, message: `${toFieldName(missing)} is missing, but required` };
    }
    case 'type':
      return { code: 'FIELD_TYPE', path, message: `${name} is ${describe(data)}, expected ${explainType(violation)}` };
    case 'enum': {
      const message = `${name} is ${show(violation)}, expected ${listNames(params.allowedValues)}${nearest(data, params.allowedValues)}`;
      return { code: 'ENUM_UNKNOWN', path, message };
    }
    case 'format':
      return explainFormat(String(params.format), violation, path);
    case 'exclusive': {
      const names: readonly string[] = params.names;
      const message = `${name} may have only one of ${listNames(names, 'and')}`;
      return { code: 'FIELD_EXCLUSIVE', path: [...path, ...names.slice(1, 2)], message, part: 'key' };
    }
    default: {
      const message = `${name} is ${show(violation)}, expected ${explainLimit(keyword, params.limit)}`;
      return { code: 'VALUE_RANGE', path, message };
    }
  }
}

/** What is expected instead. A number where text should be often needs only quotes. */
function explainType(violation: Violation): string {
  const { params, data, parentSchema } = violation;
  const format = typeof parentSchema?.format === 'string' ? findFormat(parentSchema.format) : undefined;
  const isBare = params.type === 'string' && (typeof data === 'number' || typeof data === 'boolean');
  if (isBare && (format === undefined || format.test(String(data))))
    return isSecret(violation) ? 'a text; is it to be in quotes?' : `a text; did you mean "${data}", in quotes?`;
  return format?.expected ?? listTypes(params.type);
}

function explainFormat(word: string, violation: Violation, path: Path): Explanation {
  const format = findFormat(word);
  if (format === undefined) throw new Error(`a schema uses the format "${word}", which is not defined`);
  const reason = isSecret(violation) ? '' : (format.explain?.(String(violation.data)) ?? '');
  const message = `${toFieldName(path)} is ${show(violation)}, expected ${format.expected}${reason === '' ? '' : `: ${reason}`}`;
  return { code: format.code, path, message };
}

/** A pointer's keys with the indexes of lists as numbers, as the values tell. */
function toPath(root: unknown, pointer: string): Path {
  let value: unknown = root;
  return toKeys(pointer).map((key) => {
    const isIndex = Array.isArray(value);
    value =
      typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined;
    return isIndex ? Number(key) : key;
  });
}

function explainLimit(keyword: string, limit: unknown): string {
  switch (keyword) {
    case 'minimum':
      return `a number of at least ${limit}`;
    case 'maximum':
      return `a number of at most ${limit}`;
    case 'minItems':
      return `at least ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
    case 'maxItems':
      return `at most ${limit} entries`;
    case 'minLength':
      return limit === 1 ? 'a text that is not empty' : `at least ${limit} characters`;
    case 'maxLength':
      return `at most ${limit} characters`;
    default:
      return `a value that keeps the rule "${keyword}"`;
  }
}

/** "did you mean", and where in the kind a field of that name exists. */
function hintAt(field: string, violation: Violation, schema: TSchema, path: Path): string {
  const siblings = Object.keys(Object(violation.parentSchema?.properties));
  const similar = findSimilar(field, siblings);
  if (similar !== undefined) return `; did you mean "${similar}"?`;
  const home = findHome(field, schema, path);
  return home === undefined ? '' : `; "${field}" belongs to ${home}`;
}

function nearest(value: unknown, known: unknown): string {
  const similar =
    typeof value === 'string' && Array.isArray(known) ? findSimilar(value.toUpperCase(), known.map(String)) : undefined;
  return similar === undefined ? '' : `; did you mean ${similar}?`;
}

/** The first place of the kind that has the field, nearest to where it was written by mistake. */
function findHome(field: string, schema: TSchema, path: Path): string | undefined {
  const homes = listHomes(field, schema, '');
  const written = toFieldName(path).replaceAll(/\[\d+\]/g, '[]');
  const [best] = homes.sort((a, b) => distance(a, written) - distance(b, written));
  return best;
}

function listHomes(field: string, schema: unknown, at: string): string[] {
  const node: { properties?: object; items?: unknown; additionalProperties?: unknown } = Object(schema);
  const homes = node.properties !== undefined && at !== '' && Object.hasOwn(node.properties, field) ? [at] : [];
  for (const [name, child] of Object.entries(node.properties ?? {}))
    homes.push(...listHomes(field, child, at === '' ? name : `${at}.${name}`));
  if (node.items !== undefined) homes.push(...listHomes(field, node.items, `${at}[]`));
  if (typeof node.additionalProperties === 'object')
    homes.push(...listHomes(field, node.additionalProperties, `${at}.*`));
  return homes;
}

// biome-ignore format: pairs read better side by side
const TYPE_NAMES: Readonly<Record<string, string>> = {
  null: 'empty', array: 'a list', object: 'an object', string: 'a text', integer: 'a whole number', number: 'a number', boolean: 'true or false',
};

function describe(value: unknown): string {
  if (typeof value === 'boolean') return String(value);
  const type =
    value === null
      ? 'null'
      : Array.isArray(value)
        ? 'array'
        : typeof value === 'number' && Number.isInteger(value)
          ? 'integer'
          : typeof value;
  return TYPE_NAMES[type] ?? type;
}

function listTypes(types: unknown): string {
  return listNames((Array.isArray(types) ? types : [types]).map((type) => TYPE_NAMES[String(type)] ?? String(type)));
}

/** What is written, for people; of a secret, nothing. */
function show(violation: Violation): string {
  return isSecret(violation) ? 'a value that is not shown here' : quote(violation.data);
}

function isSecret({ parentSchema }: Violation): boolean {
  return parentSchema?.secret === true;
}

function quote(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'empty' : `a list of ${value.length}`;
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 80 ? `${shown.slice(0, 77)}…` : shown;
}

function listNames(names: unknown, word = 'or'): string {
  const all = Array.isArray(names) ? names.map(String) : [String(names)];
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} ${word} ${all.at(-1)}`;
}
