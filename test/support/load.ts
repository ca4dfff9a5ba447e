import { Agent } from 'node:http';
import { ask, type HttpAnswer } from './http.ts';

/** Requests that go on in the background while something is done to the mesh. */
export interface Load {
  /** How many have been answered so far, well or not. */
  readonly count: number;
  /** Ends it; gives what went wrong, one line for each request that failed. */
  stop(): Promise<readonly string[]>;
}

/**
 * Sends requests without a pause, each of `clients` waiting for its answer before it asks again.
 * @param isGood decides whether an answer is what it should be; by default every 200 is.
 */
export function startLoad(
  url: string,
  clients: number,
  isGood: (answer: HttpAnswer) => boolean = ({ status }) => status === 200,
): Load {
  const agent = new Agent({ keepAlive: true });
  const failures: string[] = [];
  let count = 0;
  let stopped = false;
  const run = async () => {
    while (!stopped) {
      try {
        const answer = await ask(url, { agent });
        if (!isGood(answer)) failures.push(`${answer.status} ${answer.body.trim()}`);
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
