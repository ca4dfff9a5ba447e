import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { DirectorySource } from '../../src/discovery/directory/directory-source.ts';

import { MemorySource } from '../../src/discovery/memory/memory-source.ts';
import type { ConfigSource } from '../../src/discovery/source.ts';
import { World } from '../../src/discovery/world/world.ts';
import type { WorldOptions } from '../../src/discovery/world/world-options.ts';
import type { WorldChange } from '../../src/discovery/world/world-change.ts';
import { configureLogs } from '../../src/kit/log.ts';
import { until } from './until.ts';

/** A world under test, and everything it has told. */
export interface WatchedWorld {
  readonly world: World;
  readonly changes: readonly WorldChange[];
  /** Forgets what was told so far, so that it is not waited for. */
  skip(): void;
  /** Waits until a change tells `fact`, counting from the last one that was waited for or skipped. */
  next(fact: string, is?: (change: WorldChange) => boolean): Promise<WorldChange>;
}

/** Starts a world over sources. */
export async function startWorld(
  sources: readonly ConfigSource[],
  options: Partial<WorldOptions> = {},
): Promise<WatchedWorld> {
  configureLogs({ levels: new Map([['config', 'none']]) });
  const world = new World({ sources, ...options });
  const changes: WorldChange[] = [];
  let seen = 0;
  await world.start();
  world.watch((change) => changes.push(change));
  return {
    world,
    changes,
    skip: () => {
      seen = changes.length;
    },
    next: (fact, is = () => true) =>
      until(fact, () => {
        const at = changes.findIndex((change, i) => i >= seen && is(change));
        if (at === -1) return undefined;
        seen = at + 1;
        return changes[at];
      }),
  };
}

/** A world over files in memory. */
export interface MemoryWorld extends WatchedWorld {
  readonly source: MemorySource;
  /** Writes files, and waits for what comes of it. */
  write(files: Readonly<Record<string, string>>): Promise<WorldChange>;
}

/** A world over files in memory, which is stopped when the test ends. */
export async function startMemoryWorld(
  files: Readonly<Record<string, string>>,
  options: Partial<WorldOptions> = {},
): Promise<MemoryWorld> {
  const source = new MemorySource();
  source.write(files);
  const watched = await startWorld([source], options);
  onTestFinished(() => watched.world.stop());
  return {
    ...watched,
    source,
    write: (next) => {
      watched.skip();
      source.write(next);
      return watched.next(Object.keys(next).join());
    },
  };
}

/** A VirtualService of namespace `default`, told apart by its timeout. */
export function timedRule(name: string, timeout: string): string {
  return `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ${name}, namespace: default}
spec: {hosts: [${name}], http: [{timeout: ${timeout}, route: [{destination: {host: ${name}}}]}]}
---
`;
}

/** The timeouts of all VirtualServices, in milliseconds. */
export function listTimeouts({ world }: Pick<WatchedWorld, 'world'>): readonly (number | undefined)[] {
  return world.snapshot.virtualServices.map(({ http: [route] }) =>
    route?.timeout.kind === 'after' ? route.timeout.ms : undefined,
  );
}

/** A source, and how its objects are written. */
export interface WritableSource {
  readonly source: ConfigSource;
  /** Writes files by name. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  remove(name: string): Promise<void>;
  /** How `name` is called in places of issues. */
  nameOf(name: string): string;
  dispose(): Promise<void>;
}

/** Every kind of source, for suites that hold all of them to one behaviour. */
export const SOURCES: Readonly<Record<string, () => Promise<WritableSource>>> = {
  memory: async () => {
    const source = new MemorySource();
    return {
      source,
      write: async (files) => source.write(files),
      remove: async (name) => source.remove(name),
      nameOf: (name) => name,
      dispose: async () => {},
    };
  },
  directory: async () => {
    const root = await mkdtemp(join(tmpdir(), 'pilothouse-source-'));
    return {
      source: new DirectorySource({ path: root, settleMs: 5, vanishMs: 20 }),
      write: async (files) => {
        for (const [name, text] of Object.entries(files)) {
          await mkdir(dirname(join(root, name)), { recursive: true });
          await writeFile(join(root, name), text);
        }
      },
      remove: (name) => rm(join(root, name)),
      nameOf: (name) => join(root, name),
      dispose: () => rm(root, { recursive: true, force: true }),
    };
  },
};
