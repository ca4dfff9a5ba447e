import { declareFaults } from '../../kit/fault.ts';

/** Numbers of gRPC's statuses. @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const STATUS = {
  ok: 0,
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  aborted: 10,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** How a call ended. */
export interface GrpcStatus {
  readonly code: number;
  readonly message: string;
}

/** Faults of calls that the agent makes. */
export const agentCallFault = declareFaults({
  AGENT_CALL_FAILED: {
    blame: 'us',
    retry: true,
    meaning:
      'A call of the agent to the control plane or the CA could not be made, or ended with an error; the message has its status.',
  },
  AGENT_CALL_REFUSED: {
    blame: 'caller',
    retry: false,
    meaning: "The control plane or the CA does not accept the agent's identity or request; the message has its status.",
  },
});

/** Statuses after which the same call may succeed. @see istio pkg/security/retry.go */
const RETRIED: ReadonlySet<number> = new Set([
  STATUS.cancelled,
  STATUS.deadlineExceeded,
  STATUS.resourceExhausted,
  STATUS.aborted,
  STATUS.internal,
  STATUS.unavailable,
]);

/** The fault of a call that ended with something other than OK. */
export function toFault(path: string, { code, message }: GrpcStatus) {
  const text = `${path}: ${message === '' ? 'no reason given' : message} (status ${code})`;
  return agentCallFault(RETRIED.has(code) ? 'AGENT_CALL_FAILED' : 'AGENT_CALL_REFUSED', text);
}
