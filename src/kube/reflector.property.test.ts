import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedAnswer, type ScriptedRequest, ScriptedServer } from '../../test/support/kube/scripted-server.ts';
import { until } from '../../test/support/until.ts';
import { configureLogs } from '../kit/log.ts';
import { KubeClient } from './client.ts';
import type { KubeConnection } from './connection.ts';
import type { KubeObject } from './object.ts';
import { Reflector } from './reflector.ts';

const THINGS = { group: 'example.io', version: 'v1', plural: 'things', kind: 'Thing', namespaced: true };
const TIMES = { idleMs: 5000, retryMs: 1, maxRetryMs: 3, refusedMs: 3 };

type Step =
  | { readonly do: 'put'; readonly name: string; readonly size: number }
  | { readonly do: 'delete'; readonly name: string }
  | { readonly do: 'break' | 'end' | 'compact' | 'bookmark' | 'wait' };

/** A store with a history, as a server has one, that forgets and breaks off on demand. */
class Store {
  readonly objects = new Map<string, object>();
  #history: { readonly version: number; readonly type: string; readonly object: object }[] = [];
  #version = 1;
  #compacted = 0;
  readonly #watches = new Set<ScriptedAnswer>();

  readonly script = ({ query }: ScriptedRequest, answer: ScriptedAnswer): void => {
    if (query.get('watch') === 'true') this.#watch(Number(query.get('resourceVersion')), answer);
    else answer.list(String(this.#version), [...this.objects.values()]);
  };

  put(name: string, size: number): void {
    this.#version++;
    const type = this.objects.has(name) ? 'MODIFIED' : 'ADDED';
    const metadata = { name, uid: name, resourceVersion: String(this.#version) };
    this.objects.set(name, { metadata, size });
    this.#record(type, { metadata, size });
  }

  delete(name: string): void {
    if (!this.objects.delete(name)) return;
    this.#version++;
    this.#record('DELETED', { metadata: { name, uid: name, resourceVersion: String(this.#version) } });
  }

  compact(): void {
    this.#compacted = this.#version;
    this.#history = [];
  }

  bookmark(): void {
    const metadata = { resourceVersion: String(this.#version) };
    for (const watch of this.#watches) watch.event('BOOKMARK', { metadata });
  }

  /** Ends every watch: as a server does, or as a broken network. */
  leave(how: 'end' | 'destroy'): void {
    for (const watch of this.#watches) watch[how]();
    this.#watches.clear();
  }

  #watch(from: number, answer: ScriptedAnswer): void {
    if (from < this.#compacted) return answer.refuse(410, 'Expired');
    answer.open();
    for (const { version, type, object } of this.#history) if (version > from) answer.event(type, object);
    this.#watches.add(answer);
  }

  #record(type: string, object: object): void {
    this.#history.push({ version: this.#version, type, object });
    for (const watch of this.#watches) watch.event(type, object);
  }
}

const names = fc.constantFrom('a', 'b', 'c');
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), name: names, size: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), name: names }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constantFrom('break', 'end', 'compact', 'bookmark', 'wait') }),
    },
  ),
  { maxLength: 25 },
);

async function take(store: Store, step: Step, isSame: () => boolean): Promise<void> {
  switch (step.do) {
    case 'put':
      return store.put(step.name, step.size);
    case 'delete':
      return store.delete(step.name);
    case 'break':
      return store.leave('destroy');
    case 'end':
      return store.leave('end');
    case 'compact':
      return store.compact();
    case 'bookmark':
      return store.bookmark();
    case 'wait':
      await until('all to be told', () => isSame() || undefined);
  }
}

describe('Reflector', () => {
  const server = new ScriptedServer();
  let connection: KubeConnection;

  beforeAll(async () => {
    configureLogs({ levels: new Map([['kube', 'none']]) });
    connection = await server.start();
  });
  afterAll(() => server.stop());

  it('comes to what the server holds, whatever happens between, and tells nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const store = new Store();
        const told = new Map<string, number>();
        const repeated: string[] = [];
        server.script(store.script);
        const client = new KubeClient(connection);
        const reflector = new Reflector<number>({
          client,
          resources: [THINGS],
          keep: ({ size }: KubeObject) => ({ value: Number(size), content: size }),
          times: TIMES,
          listener: {
            onChange: ({ put, removed }) => {
              for (const { key, value } of put) {
                if (told.get(key) === value) repeated.push(key);
                told.set(key, value);
              }
              for (const key of removed) if (!told.delete(key)) repeated.push(key);
            },
            onSynced: () => {},
            onState: () => {},
            onHeard: () => {},
          },
        });
        const held = () => [...store.objects].map(([name, object]) => [name, 'size' in object ? object.size : 0]);
        const isSame = () => JSON.stringify([...told].sort()) === JSON.stringify(held().sort());
        reflector.start();
        for (const step of all) await take(store, step, isSame);
        await until('all to be told', () => isSame() || undefined);
        await reflector.stop();
        client.close();
        expect(repeated).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });
});
