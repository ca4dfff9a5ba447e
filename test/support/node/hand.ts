/** The program of a hand: a process in a pod that does there what a test tells it, over the channel of its parent. */
import { lookup } from 'node:dns/promises';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ask } from '../http.ts';
import { relay } from '../live/relay.ts';
import { DnsServer } from './dns-server.ts';
import type { Errand, LoadReport, Reply } from './errand.ts';

const TIMEOUT_MS = 10_000;

process.on('message', (message: { readonly id: number; readonly errand: Errand }) => {
  const { id, errand } = message;
  run(errand).then(
    (answer) => process.send?.({ id, answer } satisfies Reply),
    (error: unknown) => process.send?.({ id, error: String(error) } satisfies Reply),
  );
});

// Without whom it works for it is nobody's.
process.on('disconnect', () => process.exit());

async function run(errand: Errand): Promise<unknown> {
  switch (errand.do) {
    case 'ask':
      return ask(errand.url, { timeoutMs: TIMEOUT_MS, ...errand.question });
    case 'say':
      return say(errand);
    case 'look-up':
      return (await lookup(errand.name, { all: true, family: 4 })).map(({ address }) => address);
    case 'relay':
      await relay(errand.from, errand.to);
      return null;
    case 'names':
      await dns.serve(errand.host, errand.names);
      return null;
    case 'load':
      load = new Load(errand);
      return null;
    case 'unload':
      return load?.stop();
  }
}

const dns = new DnsServer();
let load: Load | undefined;

function say({ host, port, line }: Extract<Errand, { do: 'say' }>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = connect({ host, port, timeout: TIMEOUT_MS }, () => socket.write(`${line}\n`));
  let text = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.endsWith('\n')) socket.end();
  });
  socket.on('timeout', () => socket.destroy(new Error(`nothing came in ${TIMEOUT_MS} ms`)));
  socket.on('error', reject);
  socket.on('close', () => resolve(text.trimEnd()));
  return promise;
}

/** An application that always has one request under way. */
class Load {
  readonly #failures: string[] = [];
  readonly #over = new AbortController();
  readonly #ended: Promise<void>;
  #answered = 0;

  constructor({ url, pauseMs }: { readonly url: string; readonly pauseMs: number }) {
    this.#ended = this.#run(url, pauseMs);
  }

  async stop(): Promise<LoadReport> {
    this.#over.abort();
    await this.#ended;
    return { answered: this.#answered, failures: this.#failures };
  }

  async #run(url: string, pauseMs: number): Promise<void> {
    const agent = new Agent({ keepAlive: true });
    while (!this.#over.signal.aborted) {
      await ask(url, { agent, timeoutMs: TIMEOUT_MS }).then(
        ({ status, body }) => (status === 200 ? this.#answered++ : this.#note(`${status} ${body}`)),
        (err: unknown) => this.#note(String(err)),
      );
      await delay(pauseMs, undefined, { signal: this.#over.signal }).catch(() => undefined);
    }
    agent.destroy();
  }

  #note(failure: string): void {
    if (this.#failures.length < 20) this.#failures.push(`${new Date().toISOString()} ${failure}`);
  }
}
