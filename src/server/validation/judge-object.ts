import type { ParseContext } from '../../config/context.ts';
import type { Kind } from '../../config/define-kind.ts';
import { KINDS } from '../../config/kinds.ts';
import { parseObject } from '../../config/parse-object.ts';
import { toFieldName } from '../../config/path.ts';
import { isRecord } from '../../kube/object.ts';
import type { Issue } from '../../model/issue.ts';
import type { AdmissionRequest, AdmissionVerdict } from './admission-review.ts';

/** Why an object was refused, for the metric. */
export type Reason = 'invalid_resource' | 'unknown_type' | 'yaml_decode_error';

/** What became of one request. */
export interface Judgement {
  readonly verdict: AdmissionVerdict;
  /** Absent when it is no object that is looked at. */
  readonly outcome?: 'passed' | Reason;
}

const ALL_KINDS: readonly Kind[] = Object.values(KINDS);
const ALLOWED: Judgement = { verdict: { allowed: true } };

/**
 * Whether an API server may store an object: with errors it may not, of all else it is told as warnings. What is on its way out, and what is
 * not the mesh's, is left alone: nobody could get rid of it otherwise.
 * @see istio pkg/webhooks/validation/server/server.go
 */
export function judgeObject(request: AdmissionRequest, context: Omit<ParseContext, 'defaultNamespace'>): Judgement {
  const { operation, subresource, object } = request;
  if ((operation !== 'CREATE' && operation !== 'UPDATE') || subresource !== '') return ALLOWED;
  if (object === undefined)
    return { verdict: { allowed: false, message: 'the request holds no object' }, outcome: 'yaml_decode_error' };
  const metadata = isRecord(object.metadata) ? object.metadata : {};
  if (!isOfMesh(object) || typeof metadata.deletionTimestamp === 'string') return ALLOWED;

  const named = completeName(object, metadata);
  const { issues } = parseObject(
    { cluster: '', object: named },
    { ...context, defaultNamespace: request.namespace || 'default' },
  );
  const errors = issues.filter(({ severity }) => severity === 'error');
  const warnings = issues.filter(({ severity }) => severity !== 'error').map(toLine);
  if (errors.length === 0) return { verdict: { allowed: true, warnings }, outcome: 'passed' };
  const isUnknown = errors.some(({ code }) => code === 'KIND_UNKNOWN' || code === 'VERSION_UNKNOWN');
  return {
    verdict: { allowed: false, message: toMessage(errors), causes: errors.map(toCause), warnings },
    outcome: isUnknown ? 'unknown_type' : 'invalid_resource',
  };
}

/** Istio's own kinds; Services and Pods are the API server's to judge. */
function isOfMesh({ apiVersion, kind }: Readonly<Record<string, unknown>>): boolean {
  const group = typeof apiVersion === 'string' && apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  const known = ALL_KINDS.find((one) => one.kind === kind && one.group === group);
  return known === undefined ? /\.istio\.io$/.test(group ?? '') : known.resource !== undefined;
}

/** Some API servers ask before they complete a `generateName`. */
function completeName(object: object, metadata: Readonly<Record<string, unknown>>): object {
  if (metadata.name !== undefined || typeof metadata.generateName !== 'string') return object;
  return { ...object, metadata: { ...metadata, name: `${metadata.generateName}x` } };
}

function toMessage(errors: readonly Issue[]): string {
  const [first] = errors;
  if (first !== undefined && errors.length === 1) return `configuration is invalid: ${toLine(first)}`;
  return `configuration is invalid: ${errors.length} errors:\n${errors.map((issue) => `  * ${toLine(issue)}`).join('\n')}`;
}

/** Most messages name their field themselves. */
function toLine({ path, message, code }: Issue): string {
  const field = toFieldName(path);
  return `${message.includes(field) ? '' : `${field}: `}${message} (${code})`;
}

function toCause({ path, message, code }: Issue) {
  return { reason: code, message, field: toFieldName(path) };
}
