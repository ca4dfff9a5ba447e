import type { Issue } from '../model/issue.ts';
import { type ObjectKey, type Origin, objectKey } from '../model/object.ts';
import type { ParseContext } from './context.ts';
import type { Kind } from './define-kind.ts';
import { describeUnsupported, findForeignKind } from './foreign-kinds.ts';
import { KINDS } from './kinds.ts';
import { parseMeta } from './meta.ts';
import type { ParsedObject } from './parsed-object.ts';
import { ConfigDocument } from './read/config-document.ts';
import { IssueReport } from './report.ts';
import { findSimilar } from './similar.ts';

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
  const { cluster } = context;
  const key = objectKey(kind.kind, namespace, name, cluster);
  report.name(key);
  const createdMs = context.firstSeenMs?.(key) ?? 0;
  const meta = { kind, name, namespace, origin, cluster, createdMs, revision: revision() };
  const object = kind.read(value, { context, report, meta: (written) => parseMeta(written, meta, report) });
  return { key, issues: report.issues, ...(object === undefined ? {} : { object }) };
}

/** The definition of the object's kind; what is none of ours is reported. */
function findKind(object: Readonly<Record<string, unknown>>, report: IssueReport): Kind | undefined {
  const apiVersion = requireText(object, 'apiVersion', report);
  const name = requireText(object, 'kind', report);
  if (apiVersion === undefined || name === undefined) return undefined;

  const slash = apiVersion.indexOf('/');
  const group = slash === -1 ? '' : apiVersion.slice(0, slash);
  const kind = ALL.find((known) => known.kind === name && known.group === group);
  if (kind === undefined) {
    reportUnknownKind(group, name, report);
    return undefined;
  }
  if (kind.versions.includes(apiVersion.slice(slash + 1))) return kind;
  const known = kind.versions.map((version) => (group === '' ? version : `${group}/${version}`)).join(', ');
  report.add('VERSION_UNKNOWN', ['apiVersion'], `apiVersion is "${apiVersion}", but ${name} exists as ${known}`);
  return undefined;
}

function requireText(
  object: Readonly<Record<string, unknown>>,
  field: string,
  report: IssueReport,
): string | undefined {
  const value = object[field];
  if (typeof value === 'string' && value !== '') return value;
  if (value === undefined || value === null || value === '') {
    report.add('FIELD_MISSING', [field], `${field} is missing, but every object needs one`);
  } else {
    report.add('FIELD_TYPE', [field], `${field} is no text`);
  }
  return undefined;
}

function reportUnknownKind(group: string, name: string, report: IssueReport): void {
  const foreign = findForeignKind(group, name);
  const home = ALL.find((known) => known.kind === name);
  // Others have kinds of the same name, too: Knative's Service is none of ours.
  const isMisplaced = home !== undefined && (foreign === undefined || (home.resource && /(?:k8s|istio)/.test(group)));
  if (foreign === 'unsupported') report.add('KIND_UNSUPPORTED', ['kind'], describeUnsupported(group, name));
  else if (isMisplaced) {
    const expected = home.group === '' ? home.versions[0] : `${home.group}/${home.versions[0]}`;
    report.add(
      'KIND_UNKNOWN',
      ['apiVersion'],
      `${nameOf(group)} has no ${name}; did you mean apiVersion: ${expected}?`,
    );
  } else if (foreign === 'ignored') report.add('KIND_IGNORED', ['kind'], `${name} is no input of a mesh`);
  else {
    const similar = findSimilar(
      name,
      ALL.map((known) => known.kind),
    );
    const hint = similar === undefined ? '' : `; did you mean ${similar}?`;
    report.add('KIND_UNKNOWN', ['kind'], `${nameOf(group)} has no kind "${name}"${hint}`);
  }
}

function nameOf(group: string): string {
  return group === '' ? "Kubernetes' core group" : group;
}

const ALL: readonly Kind[] = Object.values(KINDS);

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
