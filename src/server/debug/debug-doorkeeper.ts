import { type Authenticator, authenticate } from '../../ca/authenticator.ts';
import { findBearerToken } from '../../ca/certificate-service.ts';
import { type Doorkeeper, UNAUTHENTICATED } from '../http/local-only.ts';
import type { Reply } from '../http/router.ts';
import type { DebugContext } from './debug-context.ts';
import { type DebugPolicy, mayDebug } from './debug-policy.ts';

const FORBIDDEN: Reply = {
  kind: 'text',
  status: 403,
  body: 'Forbidden: this page is for the namespace of the control plane, or about a proxy of another namespace\n',
};

/** Lets callers with a token of the right namespace see the debug pages over HTTP. */
export function createDoorkeeper(
  authenticators: readonly Authenticator[],
  policy: DebugPolicy,
  context: DebugContext,
): Doorkeeper {
  return async (request, handler) => {
    const token = findBearerToken(request.authorization === undefined ? [] : [request.authorization]);
    if (token === undefined) return UNAUTHENTICATED;
    const credentials = { token, peerAddress: `${request.peer}:0`, cluster: '' };
    const caller = await authenticate(authenticators, credentials).catch(() => undefined);
    if (caller === undefined) return UNAUTHENTICATED;
    const page = request.path.replace(/^\/debug\/?/, '');
    const demand = { identities: caller.identities, page, proxyID: request.query.get('proxyID') };
    return mayDebug(policy, demand, context) ? handler(request) : FORBIDDEN;
  };
}
