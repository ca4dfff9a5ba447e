import { isRecord } from '../../kube/object.ts';
import { isNestedDeeper } from './nesting.ts';

/** What an API server asks before it stores an object. */
export interface AdmissionRequest {
  /** `admission.k8s.io/v1` or `v1beta1`: the answer has to be of the same. */
  readonly apiVersion: string;
  readonly uid: string;
  readonly operation: string;
  /** `status` and the like; empty for the object itself. */
  readonly subresource: string;
  readonly namespace: string;
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  /** As it is to be; absent when it is to go. */
  readonly object: Readonly<Record<string, unknown>> | undefined;
}

/** What the API server is told. */
export interface AdmissionVerdict {
  readonly allowed: boolean;
  /** Why not. */
  readonly message?: string;
  /** One for each reason, for programs. */
  readonly causes?: readonly { readonly reason: string; readonly message: string; readonly field: string }[];
  readonly warnings?: readonly string[];
}

const VERSIONS: readonly unknown[] = ['admission.k8s.io/v1', 'admission.k8s.io/v1beta1'];
/** Kubernetes cuts longer warnings, and drops what is beyond the sum. */
const MAX_WARNING = 256;
const MAX_WARNINGS = 4096;
/** API servers themselves take no more than ten thousand, and no kind of theirs has fifty. */
const MAX_LEVELS = 1000;

/** Reads the body of a request; a sentence says why it is none. */
export function parseReview(body: string): AdmissionRequest | string {
  if (isNestedDeeper(body, MAX_LEVELS)) return `the body is nested deeper than ${MAX_LEVELS} levels`;
  let review: unknown;
  try {
    review = JSON.parse(body);
  } catch (error) {
    return `the body is no JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (!isRecord(review) || review.kind !== 'AdmissionReview') return 'the body is no AdmissionReview';
  const { apiVersion, request } = review;
  if (typeof apiVersion !== 'string' || !VERSIONS.includes(apiVersion))
    return `apiVersion is ${JSON.stringify(apiVersion)}, expected admission.k8s.io/v1 or v1beta1`;
  if (!isRecord(request) || typeof request.uid !== 'string') return 'the AdmissionReview has no request with a uid';
  const resource = isRecord(request.resource) ? request.resource : {};
  return {
    apiVersion,
    uid: request.uid,
    operation: textOf(request.operation),
    subresource: textOf(request.subResource),
    namespace: textOf(request.namespace),
    resource: {
      group: textOf(resource.group),
      version: textOf(resource.version),
      resource: textOf(resource.resource),
    },
    object: isRecord(request.object) ? request.object : undefined,
  };
}

/** The answer to a request. */
export function toReview({ apiVersion, uid }: AdmissionRequest, verdict: AdmissionVerdict): object {
  const { allowed, message, causes = [], warnings = [] } = verdict;
  const status = {
    status: 'Failure',
    code: 400,
    reason: 'BadRequest',
    message,
    ...(causes.length > 0 && { details: { causes } }),
  };
  const kept = cutWarnings(warnings);
  return {
    apiVersion,
    kind: 'AdmissionReview',
    response: { uid, allowed, ...(!allowed && { status }), ...(kept.length > 0 && { warnings: kept }) },
  };
}

function cutWarnings(warnings: readonly string[]): readonly string[] {
  let left = MAX_WARNINGS;
  return warnings.flatMap((warning) => {
    const line = warning.length > MAX_WARNING ? `${warning.slice(0, MAX_WARNING - 1)}…` : warning;
    left -= line.length;
    return left < 0 ? [] : [line];
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
