import { readDocuments } from '../../config/read/read-documents.ts';
import type { ConfigSource, SourceGroup, SourceListener } from '../source.ts';

/** Objects that a program holds itself: tests, benchmarks, simulations. Behaves like a directory whose files are written in one piece. */
export class MemorySource implements ConfigSource {
  readonly name: string;
  readonly defaultNamespace: string;
  readonly cluster?: string;
  readonly #groups = new Map<string, SourceGroup>();
  #listener: SourceListener | undefined;

  constructor(name = 'memory', defaultNamespace = 'default', cluster?: string) {
    this.name = name;
    this.defaultNamespace = defaultNamespace;
    if (cluster !== undefined) this.cluster = cluster;
  }

  async start(listener: SourceListener): Promise<void> {
    this.#listener = listener;
    listener.onChange({ reason: `${this.name} was read`, groups: [...this.#groups.values()], removed: [] });
    listener.onSynced();
  }

  async stop(): Promise<void> {
    this.#listener = undefined;
  }

  /** Writes files: YAML or JSON by name. All of them are told as one change. */
  write(files: Readonly<Record<string, string>>): void {
    const groups = Object.entries(files).map(([id, text]): SourceGroup => {
      const objects = readDocuments(text, id);
      return { id, objects, issues: [] };
    });
    for (const group of groups) this.#groups.set(group.id, group);
    this.#listener?.onChange({ reason: `${Object.keys(files).join(', ')} changed`, groups, removed: [] });
  }

  /** Deletes files. */
  remove(...names: readonly string[]): void {
    for (const name of names) this.#groups.delete(name);
    this.#listener?.onChange({ reason: `${names.join(', ')} went away`, groups: [], removed: names });
  }
}
