/** What is asked of whom in this pod. */
export interface LocalRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly port: number;
}

/** Envoy's administration interface, the agent, and Envoy's listener for probes. */
const PORTS = new Set([15_000, 15_004, 15_020, 15_021]);
const TIMEOUT_MS = 60_000;

/** Asks and prints the answer. @returns the exit code */
export async function askLocally(
  { method, path, body, port }: LocalRequest,
  output: {
    readonly print: (text: string) => void;
    readonly printError: (text: string) => void;
    readonly signal: AbortSignal;
  },
): Promise<number> {
  if (!PORTS.has(port)) {
    output.printError(`port ${port} is none of ${[...PORTS].join(', ')}`);
    return 1;
  }
  try {
    const answer = await fetch(`http://localhost:${port}/${path.replace(/^\//, '')}`, {
      method: method.toUpperCase(),
      signal: AbortSignal.any([output.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      ...(body !== undefined && { body }),
    });
    const text = (await answer.text()).trimEnd();
    if (answer.ok) {
      output.print(text);
      return 0;
    }
    output.printError(`status ${answer.status}: ${text}`);
    return 1;
  } catch (err) {
    const cause = err instanceof Error && err.cause instanceof Error ? err.cause : err;
    output.printError(cause instanceof Error ? cause.message : String(cause));
    return 1;
  }
}
