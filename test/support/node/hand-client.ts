import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Entry, toCommandIn } from './enter.ts';
import type { HttpAnswer, HttpQuestion } from '../http.ts';
import type { Errand, LoadReport, Reply } from './errand.ts';

const PROGRAM = fileURLToPath(new URL('hand.ts', import.meta.url));

/** A process in a pod, which runs errands: what applications there would do. */
export class Hand {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #errands = 0;

  constructor(entry: Entry) {
    const [program, ...args] = toCommandIn(entry, [process.execPath, '--no-warnings', PROGRAM]);
    this.#child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (reply: Reply) => {
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ('error' in reply) waiting?.reject(new Error(reply.error));
      else waiting?.resolve(reply.answer);
    });
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('the hand has gone'));
    });
  }

  /** One HTTP request, on a connection of its own. */
  async ask(url: string, question: Omit<HttpQuestion, 'agent'> = {}): Promise<HttpAnswer> {
    const answer = await this.tell({ do: 'ask', url, question });
    if (!isAnswer(answer)) throw new Error(`${url}: no answer`);
    return answer;
  }

  /** What a TCP server says to a line. */
  async say(host: string, port: number, line: string): Promise<string> {
    return String(await this.tell({ do: 'say', host, port, line }));
  }

  /** The addresses of a name, as applications find them. */
  async lookUp(name: string): Promise<readonly string[]> {
    const answer = await this.tell({ do: 'look-up', name });
    return Array.isArray(answer) ? answer.map(String) : [];
  }

  /** Sends one request after the other until the load is stopped. */
  async load(url: string, pauseMs = 10): Promise<{ stop(): Promise<LoadReport> }> {
    await this.tell({ do: 'load', url, pauseMs });
    return {
      stop: async () => {
        const report = await this.tell({ do: 'unload' });
        if (!isReport(report)) throw new Error('there was no load');
        return report;
      },
    };
  }

  tell(errand: Errand): Promise<unknown> {
    const id = this.#errands++;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    this.#child.send({ id, errand }, (err) => err && waiting.reject(err));
    return waiting.promise;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || !this.#child.connected) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.disconnect();
    await exited;
  }
}

function isAnswer(value: unknown): value is HttpAnswer {
  return typeof value === 'object' && value !== null && 'status' in value && 'body' in value;
}

function isReport(value: unknown): value is LoadReport {
  return typeof value === 'object' && value !== null && 'answered' in value && 'failures' in value;
}
