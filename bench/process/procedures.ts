import type { ChildProcess } from 'node:child_process';

/** What one process can ask of another: names, each with one argument and one result, both plain data. */
export type Procedures = Readonly<Record<string, (argument: never) => unknown>>;

/** The argument of a procedure. */
type Argument<P extends Procedures, K extends keyof P> = Parameters<P[K]>[0];

interface Call {
  readonly kind: 'call';
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

type Answer =
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string };

/** Both ends are ours, so a message is what its kind says. */
function isOurs<T extends Call | Answer>(message: unknown, kinds: readonly T['kind'][]): message is T {
  return (
    typeof message === 'object' && message !== null && 'kind' in message && kinds.some((kind) => kind === message.kind)
  );
}

/** Serves procedures to the process that started this one, and ends with it. */
export function serveProcedures(procedures: Readonly<Record<string, (argument: never) => unknown>>): void {
  const serve: ReadonlyMap<string, Served> = new Map(Object.entries(procedures).map(([name, run]) => [name, { run }]));
  process.on('message', (message: unknown) => {
    if (isOurs<Call>(message, ['call'])) void answer(serve.get(message.name), message);
  });
  process.on('disconnect', () => process.exit());
}

/** A procedure whose argument is whatever the other end sent. */
interface Served {
  run(argument: unknown): unknown;
}

async function answer(served: Served | undefined, { id, name, argument }: Call): Promise<void> {
  let reply: Answer;
  try {
    if (served === undefined) throw new Error(`no procedure is called ${name}`);
    reply = { kind: 'answer', id, result: await served.run(argument) };
  } catch (error) {
    reply = { kind: 'failure', id, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  process.send?.(reply);
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The procedures of a child process. */
export class Remote<P extends Procedures> {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;

  constructor(child: ChildProcess, name: string) {
    this.#child = child;
    this.#name = name;
    child.on('message', (message: unknown) => this.#settle(message));
    child.once('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${name} ended in the middle of a call`));
    });
  }

  /** @throws Error what the procedure threw, or that its process is gone. */
  call<K extends keyof P & string>(name: K, argument: Argument<P, K>): Promise<Awaited<ReturnType<P[K]>>> {
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      if (!this.#child.connected) return reject(new Error(`${this.#name} is gone`));
      const waiting: Waiting = { resolve, reject };
      this.#waiting.set(id, waiting);
      this.#child.send({ kind: 'call', id, name, argument } satisfies Call);
    });
  }

  #settle(message: unknown): void {
    if (!isOurs<Answer>(message, ['answer', 'failure'])) return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === 'answer') waiting?.resolve(message.result);
    else waiting?.reject(new Error(message.message));
  }
}
