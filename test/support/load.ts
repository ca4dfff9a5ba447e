import { Agent } from 'node:http';
import { ask, type HttpQuestion } from './http.ts';

/** Requests that go on in the background while something is done to the mesh. */
export interface Load {
  /** How many have been answered so far, well or not. */
  readonly count: number;
  /** Ends it; gives what went wrong, one line for each request that failed. */
  stop(): Promise<readonly string[]>;
}

/** Sends requests without a pause, each of `clients` waiting for its answer before it asks again. Every answer but 200 is a failure. */
export function startLoad(url: string, clients: number, question: HttpQuestion = {}): Load {
  const agent = new Agent({ keepAlive: true });
  const failures: string[] = [];
  let count = 0;
  let stopped = false;
  const run = async () => {
    while (!stopped) {
      try {
        const answer = await ask(url, { ...question, agent });
        if (answer.status !== 200) failures.push(`${answer.status} ${answer.body.trim()}`);
      } catch (err) {
        failures.push(String(err));
      }
      count += 1;
    }
  };
  const done = Promise.all(Array.from({ length: clients }, run));
  return {
    get count() {
      return count;
    },
    async stop() {
      stopped = true;
      await done;
      agent.destroy();
      return failures;
    },
  };
}
