import type { Issue } from '../../model/issue.ts';

/** The API server does not allow to read a kind: the mesh is served without it, or as it was when it was allowed last. */
export function kindForbidden(kind: string, cluster: string, because: string): Issue {
  const message = `${kind} objects cannot be read, and the mesh is served without them: ${because}`;
  return {
    severity: 'error',
    code: 'KIND_FORBIDDEN',
    path: [],
    message,
    origin: { kind: 'cluster', cluster },
  };
}
