/** What is the same for every fault of one code. */
export interface FaultKind {
  /** Who has to change something: the peer that called, or this process and its surroundings. */
  readonly blame: 'caller' | 'us';
  /** Whether the same call may succeed later. */
  readonly retry: boolean;
  /** One sentence for the page of error codes. */
  readonly meaning: string;
}

/** Makes the faults of one area; only that area's codes compile. */
export type FaultFactory<Code extends string> = (code: Code, message: string, cause?: unknown) => Fault;

const kinds = new Map<string, FaultKind>();

/** A peer or the surroundings failed. Objects that users wrote wrongly are no faults, and bugs are plain errors. */
export class Fault extends Error {
  readonly code: string;
  readonly blame: FaultKind['blame'];
  readonly retry: boolean;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    const kind = kinds.get(code);
    if (kind === undefined) throw new TypeError(`fault code ${code} was never declared`);
    this.name = 'Fault';
    this.code = code;
    this.blame = kind.blame;
    this.retry = kind.retry;
  }

  /**
   * The one door for what a `catch` holds: faults pass, aborts and the operating system's errors get the code that
   * fits, everything else is `INTERNAL`. The original is the `cause`.
   */
  static from(error: unknown): Fault {
    if (error instanceof Fault) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new Fault(codeOf(error), message, error);
  }
}

/**
 * Declares the codes of one area, once, at the top of a module. Codes are upper case and begin with the area:
 * `CA_NOT_READY`.
 *
 * @throws TypeError when a code is declared twice.
 */
export function declareFaults<const Code extends string>(area: Readonly<Record<Code, FaultKind>>): FaultFactory<Code> {
  for (const [code, kind] of Object.entries<FaultKind>(area)) {
    if (kinds.has(code)) throw new TypeError(`fault code ${code} is declared twice`);
    kinds.set(code, kind);
  }
  return (code, message, cause) => new Fault(code, message, cause);
}

/** Every declared code, sorted: what the page of error codes lists. */
export function listFaultKinds(): readonly (readonly [code: string, kind: FaultKind])[] {
  return [...kinds].sort(([a], [b]) => (a < b ? -1 : 1));
}

declareFaults({
  CANCELLED: { blame: 'caller', retry: false, meaning: 'Whoever asked no longer waits for the answer.' },
  TIMED_OUT: { blame: 'us', retry: true, meaning: 'An answer did not come in time.' },
  UNAVAILABLE: { blame: 'us', retry: true, meaning: 'A connection could not be made, or broke.' },
  FORBIDDEN: { blame: 'us', retry: false, meaning: 'The operating system refused access to a file or port.' },
  NOT_FOUND: { blame: 'us', retry: false, meaning: 'A file that was named does not exist.' },
  INTERNAL: { blame: 'us', retry: false, meaning: 'Something failed in a way that nobody foresaw.' },
});

const systemCodes: Readonly<Record<string, string>> = {
  ABORT_ERR: 'CANCELLED',
  ETIMEDOUT: 'TIMED_OUT',
  ECONNREFUSED: 'UNAVAILABLE',
  ECONNRESET: 'UNAVAILABLE',
  EPIPE: 'UNAVAILABLE',
  EHOSTUNREACH: 'UNAVAILABLE',
  ENETUNREACH: 'UNAVAILABLE',
  ENOTFOUND: 'UNAVAILABLE',
  EAI_AGAIN: 'UNAVAILABLE',
  EADDRINUSE: 'UNAVAILABLE',
  EACCES: 'FORBIDDEN',
  EPERM: 'FORBIDDEN',
  ENOENT: 'NOT_FOUND',
};

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'INTERNAL';
  if (error.name === 'AbortError') return 'CANCELLED';
  if (error.name === 'TimeoutError') return 'TIMED_OUT';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return systemCodes[code] ?? 'INTERNAL';
}
