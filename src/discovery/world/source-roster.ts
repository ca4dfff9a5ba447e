import type { ConfigSource, SourceChange } from '../source.ts';

/** The sources of a world, by the numbers that tell their declarations apart. Numbers are never used again. */
export class SourceRoster {
  readonly #sources = new Map<number, ConfigSource>();
  #next = 0;

  /** In the order in which they joined. */
  list(): readonly (readonly [number, ConfigSource])[] {
    return [...this.#sources];
  }

  find(number: number): ConfigSource | undefined {
    return this.#sources.get(number);
  }

  numberOf(source: ConfigSource): number | undefined {
    return this.list().find(([, known]) => known === source)?.[0];
  }

  add(source: ConfigSource): number {
    const number = this.#next++;
    this.#sources.set(number, source);
    return number;
  }

  remove(number: number): void {
    this.#sources.delete(number);
  }
}

/** What a source tells before it is part of the world, as one change. */
export class Gathered {
  readonly #groups = new Map<string, SourceChange['groups'][number]>();

  add({ groups, removed }: SourceChange): void {
    for (const id of removed) this.#groups.delete(id);
    for (const group of groups) this.#groups.set(group.id, group);
  }

  toChange(reason: string): SourceChange {
    return { reason, groups: [...this.#groups.values()], removed: [] };
  }
}
