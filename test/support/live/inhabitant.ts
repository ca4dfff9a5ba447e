import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import { ask, type HttpQuestion } from '../http.ts';
import { relay } from './relay.ts';

/** What a process on an island is told to do. */
export type Errand =
  | { readonly do: 'run'; readonly command: readonly [string, ...string[]] }
  | { readonly do: 'serve'; readonly name: string; readonly host: string; readonly port: number }
  | { readonly do: 'relay'; readonly path: string; readonly port: number }
  | { readonly do: 'ask'; readonly url: string; readonly question: HttpQuestion };

/** An errand and its answer share a number. */
export type Reply = { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly error: string };

process.on('message', (message: { readonly id: number; readonly errand: Errand }) => {
  const { id, errand } = message;
  run(errand).then(
    (answer) => process.send?.({ id, answer } satisfies Reply),
    (error: unknown) => process.send?.({ id, error: String(error) } satisfies Reply),
  );
});

// Nobody is left on an island whose keeper has gone.
process.on('disconnect', () => process.exit());

async function run(errand: Errand): Promise<unknown> {
  switch (errand.do) {
    case 'run': {
      const [program, ...args] = errand.command;
      return execFileSync(program, args, { encoding: 'utf8' });
    }
    case 'serve': {
      const server = createServer((_, response) => response.end(errand.name));
      return new Promise<void>((resolve) => server.listen(errand.port, errand.host, resolve));
    }
    case 'relay':
      await relay({ path: errand.path }, { host: '127.0.0.1', port: errand.port });
      return undefined;
    case 'ask':
      return ask(errand.url, errand.question);
  }
}
