import { closest, distance } from 'fastest-levenshtein';
import type { Issue } from '../model/issue.ts';
import { type ObjectKey, type Origin, objectKey } from '../model/object.ts';
import type { ParseContext } from './context.ts';
import type { Kind } from './define-kind.ts';
import { findForeignKind } from './foreign-kinds.ts';
import { KINDS } from './kinds.ts';
import { parseMeta } from './meta.ts';
import type { ParsedObject } from './parsed-object.ts';
import { ConfigDocument } from './read/config-document.ts';
import { IssueReport } from './report.ts';

/** An object that is no text: an API server sent it. It is not changed. */
export interface ClusterObject {
  readonly cluster: string;
  readonly object: unknown;
}

/** What became of one document. */
export interface ParseResult {
  /** The object's name, when it could be read so far. */
  readonly key?: ObjectKey;
  /** Absent when an issue is an error, or when the kind is none of the mesh's. */
  readonly object?: ParsedObject;
  /** In the order of discovery; the first of severity `error` is reason enough to drop the object. */
  readonly issues: readonly Issue[];
}

/**
 * Reads one untrusted object: its text, its shape, its meaning. Never throws; every problem is an issue with the exact place of the field.
 *
 * @param source A document of a file, or an object of an API server.
 */
export function parseObject(source: ConfigDocument | ClusterObject, context: ParseContext): ParseResult {
  return source instanceof ConfigDocument ? parseDocument(source, context) : parseClusterObject(source, context);
}

function parseDocument(document: ConfigDocument, context: ParseContext): ParseResult {
  const report = new IssueReport(document);
  const parsed = document.parse();
  switch (parsed.kind) {
    case 'empty':
      return { issues: [] };
    case 'broken':
      report.add('YAML_SYNTAX', [], parsed.reason, 'value', document.originAt(parsed.place));
      return { issues: report.issues };
    case 'value':
      return parseValue(parsed.value, { report, context, revision: () => document.identity, origin: document.origin });
  }
}

function parseClusterObject({ cluster, object }: ClusterObject, context: ParseContext): ParseResult {
  const origin: Origin = { kind: 'cluster', cluster };
  const report = new IssueReport({ originOf: () => origin });
  return parseValue(structuredClone(object), { report, context, revision: () => '', origin });
}

interface ValueInput {
  readonly report: IssueReport;
  readonly context: ParseContext;
  readonly origin: Origin;
  revision(): string;
}

function parseValue(value: unknown, { report, context, origin, revision }: ValueInput): ParseResult {
  if (!isRecord(value)) {
    report.add(
      'FIELD_TYPE',
      [],
      'the document is no object: expected fields such as apiVersion, kind, metadata and spec',
    );
    return { issues: report.issues };
  }
  const kind = findKind(value, report);
  if (kind === undefined) return { issues: report.issues };

  const metadata = isRecord(value.metadata) ? value.metadata : {};
  const name = textOf(metadata.name);
  const namespace = kind.scope === 'cluster' ? '' : textOf(metadata.namespace) || context.defaultNamespace;
  const key = objectKey(kind.kind, namespace, name);
  report.name(key);
  const meta = { kind, name, namespace, origin, revision: revision() };
  const object = kind.read(value, { context, report, meta: (written) => parseMeta(written, meta, report) });
  return { key, issues: report.issues, ...(object === undefined ? {} : { object }) };
}

/** The definition of the object's kind; what is none of ours is reported. */
function findKind(object: Readonly<Record<string, unknown>>, report: IssueReport): Kind | undefined {
  const apiVersion = textOf(object.apiVersion);
  const name = textOf(object.kind);
  for (const [field, value] of [
    ['apiVersion', apiVersion],
    ['kind', name],
  ] as const) {
    if (value === '') report.add('FIELD_MISSING', [field], `${field} is missing, but every object needs one`);
  }
  if (report.hasErrors) return undefined;

  const slash = apiVersion.indexOf('/');
  const group = slash === -1 ? '' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  const kind = ALL.find((known) => known.kind === name && known.group === group);
  if (kind === undefined) reportUnknownKind(group, name, report);
  else if (!kind.versions.includes(version)) {
    const known = kind.versions.map((each) => (group === '' ? each : `${group}/${each}`)).join(', ');
    report.add('VERSION_UNKNOWN', ['apiVersion'], `apiVersion is "${apiVersion}", but ${name} exists as ${known}`);
    return undefined;
  }
  return kind;
}

function reportUnknownKind(group: string, name: string, report: IssueReport): void {
  const foreign = findForeignKind(group, name);
  const home = ALL.find((known) => known.kind === name);
  if (foreign === 'unsupported') report.add('KIND_UNSUPPORTED', ['kind'], `${name} of ${group} is not acted on yet`);
  else if (foreign === 'ignored') report.add('KIND_IGNORED', ['kind'], `${name} is no input of a mesh`);
  else if (home !== undefined) {
    const expected = home.group === '' ? home.versions[0] : `${home.group}/${home.versions[0]}`;
    report.add(
      'KIND_UNKNOWN',
      ['apiVersion'],
      `group "${group}" has no ${name}; did you mean apiVersion: ${expected}?`,
    );
  } else {
    const similar = closest(
      name,
      ALL.map((known) => known.kind),
    );
    const hint = distance(name, similar) <= 3 ? `; did you mean ${similar}?` : '';
    report.add(
      'KIND_UNKNOWN',
      ['kind'],
      `kind "${name}" of ${group === '' ? "Kubernetes' core group" : group} is not known${hint}`,
    );
  }
}

const ALL: readonly Kind[] = Object.values(KINDS);

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
