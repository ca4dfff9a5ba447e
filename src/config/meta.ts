import type { Meta, Origin } from '../model/object.ts';
import type { Kind } from './define-kind.ts';
import type { IssueReport } from './report.ts';
import type { WrittenMetadata } from './schema/metadata.ts';
import { isDnsLabel, isLabelKey, isLabelValue, isObjectName } from './schema/names.ts';

/** What is known about an object before its fields are looked at. */
export interface MetaSource {
  readonly kind: Kind;
  readonly name: string;
  readonly namespace: string;
  readonly origin: Origin;
  /** Used where the API server gave none. */
  readonly revision: string;
  /** Used where nothing says when it was created. */
  readonly createdMs: number;
  /** Another cluster than the one of the configuration. */
  readonly cluster?: string | undefined;
}

const NOTHING = {};
/** Reserved for what this program writes to itself; see istio pkg/config/validation. */
const RESERVED_ANNOTATIONS = [
  'internal.istio.io/webhook-always-reject',
  'internal.istio.io/parent-namespace',
  'internal.istio.io/parents',
];

const DRY_RUN = 'istio.io/dry-run';
/** Kinds that can be tried out without being enforced. */
const DRY_RUN_KINDS: readonly string[] = ['AuthorizationPolicy'];

/** Checks the names in an object's metadata and completes it. */
export function parseMeta(written: WrittenMetadata, source: MetaSource, report: IssueReport): Meta {
  const { kind, name, namespace, origin, cluster } = source;
  const { labels = NOTHING, annotations = NOTHING, creationTimestamp, resourceVersion } = written;
  checkNames(source, report);
  checkLabels(labels, report);
  checkAnnotations(kind, annotations, report);
  return {
    kind: kind.kind,
    name,
    namespace,
    labels,
    annotations,
    createdMs: (creationTimestamp && Date.parse(creationTimestamp)) || source.createdMs,
    revision: resourceVersion || source.revision,
    origin,
    ...(cluster === undefined ? {} : { cluster }),
  };
}

function checkNames({ kind, name, namespace }: MetaSource, report: IssueReport): void {
  const at = ['metadata', 'name'];
  if (name === '') report.add('NAME_INVALID', at, 'metadata.name is missing, but every object needs a name');
  else if (!isObjectName(name)) {
    report.add('NAME_INVALID', at, `metadata.name is "${name}", expected lower-case letters, digits, "-" and "."`);
  } else if (kind.kind === 'Gateway' && !isDnsLabel(name)) {
    report.add(
      'NAME_INVALID',
      at,
      `metadata.name is "${name}", expected at most 63 letters, digits and inner dashes: it becomes part of a route's name`,
    );
  }
  if (kind.scope === 'namespaced' && !isDnsLabel(namespace)) {
    report.add(
      'NAMESPACE_INVALID',
      ['metadata', 'namespace'],
      `metadata.namespace is "${namespace}", expected at most 63 letters, digits and inner dashes`,
    );
  }
}

function checkLabels(labels: Readonly<Record<string, string>>, report: IssueReport): void {
  for (const [key, value] of Object.entries(labels)) {
    const at = ['metadata', 'labels', key];
    if (!isLabelKey(key)) report.add('LABEL_INVALID', at, `"${key}" is no key of a label`, 'key');
    else if (!isLabelValue(value)) {
      report.add(
        'LABEL_INVALID',
        at,
        `label "${key}" is "${value}", expected at most 63 letters, digits, "-", "_" and "."`,
      );
    }
  }
}

function checkAnnotations(kind: Kind, annotations: Readonly<Record<string, string>>, report: IssueReport): void {
  if (kind.resource !== undefined && DRY_RUN in annotations && !DRY_RUN_KINDS.includes(kind.kind)) {
    const message = `annotation "${DRY_RUN}" has no meaning on a ${kind.kind}: it would be enforced all the same`;
    report.add('ANNOTATION_MISPLACED', ['metadata', 'annotations', DRY_RUN], message, 'key');
  }
  for (const key of RESERVED_ANNOTATIONS) {
    if (!Object.hasOwn(annotations, key)) continue;
    report.add(
      'ANNOTATION_RESERVED',
      ['metadata', 'annotations', key],
      `annotation "${key}" is for internal use`,
      'key',
    );
  }
}
