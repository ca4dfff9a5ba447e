import { declareFaults, Fault } from '../kit/fault.ts';

declareFaults({
  KUBE_CONFIG: { blame: 'us', retry: false, meaning: 'How to reach the API server cannot be made out.' },
  KUBE_UNREACHABLE: { blame: 'us', retry: true, meaning: 'The API server cannot be reached, or went silent.' },
  KUBE_UNAUTHORIZED: { blame: 'us', retry: true, meaning: 'The API server does not know who asks.' },
  KUBE_FORBIDDEN: { blame: 'us', retry: false, meaning: 'The API server does not allow what was asked: see RBAC.' },
  KUBE_NOT_FOUND: { blame: 'us', retry: false, meaning: 'The API server has no such object or kind.' },
  KUBE_CONFLICT: { blame: 'us', retry: true, meaning: 'An object changed since it was read, or exists already.' },
  KUBE_EXPIRED: { blame: 'us', retry: true, meaning: 'The API server no longer has the version that was asked for.' },
  KUBE_INVALID: { blame: 'us', retry: false, meaning: 'The API server does not take the object or request.' },
  KUBE_BUSY: { blame: 'us', retry: true, meaning: 'The API server asks to be left alone for a while.' },
  KUBE_FAILED: { blame: 'us', retry: true, meaning: 'The API server failed to answer.' },
  KUBE_TOO_LARGE: { blame: 'us', retry: false, meaning: 'An answer of the API server is larger than is taken.' },
});

/** A request to the API server that was not done. */
export class KubeFault extends Fault {
  /** HTTP's status; 0 when there was no answer. */
  readonly status: number;
  /** Kubernetes' word for it (`Status.reason`): `AlreadyExists`, `Conflict`, `Expired`. May be empty. */
  readonly reason: string;
  /** How long the server asks to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, { status, reason, cause, retryAfterMs }: KubeFaultFacts) {
    super(code, message, cause);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
  }
}

interface KubeFaultFacts {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

/** The fault of an answer: its code follows from HTTP's status. */
export function kubeFault(status: number, reason: string, message: string, retryAfterMs?: number): KubeFault {
  return new KubeFault(codeOf(status), message, { status, reason, retryAfterMs });
}

/** The fault of a request that got no answer. Aborts by the caller stay what they are. */
export function unreachableFault(server: string, error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (error instanceof Error && error.name === 'AbortError') return Fault.from(error);
  const message = error instanceof Error ? error.message : String(error);
  return new KubeFault('KUBE_UNREACHABLE', `${server}: ${message}`, { status: 0, reason: '', cause: error });
}

/** How to reach the server is not known. */
export function configFault(message: string, cause?: unknown): KubeFault {
  return new KubeFault('KUBE_CONFIG', message, { status: 0, reason: '', cause });
}

export function tooLargeFault(message: string): KubeFault {
  return new KubeFault('KUBE_TOO_LARGE', message, { status: 0, reason: '' });
}

/** Whether an error is an answer of this status: `isKubeFault(error, 409)`. */
export function isKubeFault(error: unknown, status?: number): error is KubeFault {
  return error instanceof KubeFault && (status === undefined || error.status === status);
}

const codes: Readonly<Record<number, string>> = {
  400: 'KUBE_INVALID',
  401: 'KUBE_UNAUTHORIZED',
  403: 'KUBE_FORBIDDEN',
  404: 'KUBE_NOT_FOUND',
  405: 'KUBE_NOT_FOUND',
  409: 'KUBE_CONFLICT',
  410: 'KUBE_EXPIRED',
  415: 'KUBE_INVALID',
  422: 'KUBE_INVALID',
  429: 'KUBE_BUSY',
};

function codeOf(status: number): string {
  return codes[status] ?? 'KUBE_FAILED';
}
