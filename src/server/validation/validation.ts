import type { ParseContext } from '../../config/context.ts';
import { KINDS } from '../../config/kinds.ts';
import type { Reply } from '../http/router.ts';
import { type AdmissionRequest, parseReview, toReview } from './admission-review.ts';
import { judgeObject } from './judge-object.ts';
import * as metrics from './metrics.ts';

/** What of an HTTP request counts. */
export interface ReviewRequest {
  readonly contentType: string;
  readonly body: string;
}

type Resource = AdmissionRequest['resource'];

/** What metrics tell apart: anybody can reach the port, and make up names without end. */
const KNOWN: ReadonlySet<string> = new Set(
  Object.values(KINDS).flatMap(({ group, versions, plural: resource }) =>
    versions.map((version) => keyOf({ group, version, resource })),
  ),
);
const OTHER: Resource = { group: 'other', version: 'other', resource: 'other' };

/** Answers API servers that ask whether objects are right; mounted at `/validate`. Never throws. */
export type Validation = (request: ReviewRequest) => Reply;

/**
 * The validating webhook.
 *
 * @param context The settings that objects are read with, as they are now.
 */
export function createValidation(context: () => Omit<ParseContext, 'defaultNamespace'>): Validation {
  return ({ contentType, body }) => {
    if (body === '') return refuse(400, 'no body found');
    if (contentType !== 'application/json') return refuse(415, 'invalid Content-Type, want `application/json`');
    const request = parseReview(body);
    if (typeof request === 'string') return refuse(400, request);
    const { verdict, outcome } = judgeObject(request, context());
    const resource = KNOWN.has(keyOf(request.resource)) ? request.resource : OTHER;
    if (outcome === 'passed') metrics.passed.add(1, { ...resource });
    else if (outcome !== undefined) metrics.failed.add(1, { ...resource, reason: outcome });
    return { kind: 'json', value: toReview(request, verdict) };
  };
}

function keyOf({ group, version, resource }: Resource): string {
  return `${group}/${version}/${resource}`;
}

function refuse(status: number, why: string): Reply {
  metrics.httpErrors.add(1, { status });
  return { kind: 'text', status, body: `${why}\n` };
}
