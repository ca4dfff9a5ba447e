import { type Path, toFieldName } from './path.ts';

/** A place within an object, built on the way down and turned into a path only when there is something to report. */
export class Pointer {
  /** The object itself. */
  static readonly root = new Pointer(undefined, '');

  readonly #parent: Pointer | undefined;
  readonly #key: string | number;

  private constructor(parent: Pointer | undefined, key: string | number) {
    this.#parent = parent;
    this.#key = key;
  }

  to(key: string | number): Pointer {
    return new Pointer(this, key);
  }

  toPath(): Path {
    return this.#parent ? [...this.#parent.toPath(), this.#key] : [];
  }

  /** `spec.http[0].route`, for messages. */
  toString(): string {
    return toFieldName(this.toPath());
  }
}
