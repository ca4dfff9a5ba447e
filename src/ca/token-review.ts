import type { KubeClient } from '../kube/client.ts';
import { isRecord } from '../kube/object.ts';

/** What an API server says of a token. */
export interface ReviewedToken {
  readonly isAuthenticated: boolean;
  /** Why not; may be empty. */
  readonly error: string;
  readonly username: string;
  readonly groups: readonly string[];
  /** First values of what is known besides: name and uid of the pod. */
  readonly extra: Readonly<Record<string, string>>;
}

/** Asks whoever made a token whether it is good. */
export interface TokenReviewer {
  /** @throws Fault when nobody could be asked. */
  review(token: string, audiences: readonly string[]): Promise<ReviewedToken>;
}

const PATH = '/apis/authentication.k8s.io/v1/tokenreviews';

/** Has an API server review tokens. @see Kubernetes authentication.k8s.io/v1 TokenReview */
export function createTokenReviewer(client: KubeClient): TokenReviewer {
  return {
    async review(token, audiences) {
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token, audiences } };
      const answer = await client.request({ method: 'POST', path: PATH, body });
      const status = isRecord(answer) && isRecord(answer.status) ? answer.status : {};
      const user = isRecord(status.user) ? status.user : {};
      return {
        // Without audiences in the answer, the server has not looked at ours: the token may be meant for another.
        isAuthenticated: status.authenticated === true && sharesOne(listTexts(status.audiences), audiences),
        error: typeof status.error === 'string' ? status.error : '',
        username: typeof user.username === 'string' ? user.username : '',
        groups: listTexts(user.groups),
        extra: toFirstValues(user.extra),
      };
    },
  };
}

function sharesOne(given: readonly string[], wanted: readonly string[]): boolean {
  return wanted.length === 0 || given.some((audience) => wanted.includes(audience));
}

function listTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function toFirstValues(extra: unknown): Readonly<Record<string, string>> {
  if (!isRecord(extra)) return {};
  return Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, listTexts(values)[0] ?? '']));
}
