/** A plain object does not fit its message type, or bytes are no message of it. */
export class MessageError extends TypeError {
  /** Where in the message, outermost field first: `['circuit_breakers', 'thresholds', 0]`. */
  readonly path: readonly (string | number)[];
  /** What is wrong there, without the path. */
  readonly problem: string;

  constructor(problem: string, path: readonly (string | number)[] = []) {
    super(path.length === 0 ? problem : `${formatPath(path)}: ${problem}`);
    this.name = 'MessageError';
    this.problem = problem;
    this.path = path;
  }

  /** The same error, seen from the message that holds `segment`. */
  within(segment: string | number): MessageError {
    return new MessageError(this.problem, [segment, ...this.path]);
  }
}

/** Adds `segment` to a MessageError on its way out; other errors pass unchanged. */
export function within(segment: string | number, error: unknown): unknown {
  return error instanceof MessageError ? error.within(segment) : error;
}

function formatPath(path: readonly (string | number)[]): string {
  return path
    .map((segment, i) => (typeof segment === 'number' ? `[${segment}]` : `${i === 0 ? '' : '.'}${segment}`))
    .join('');
}
