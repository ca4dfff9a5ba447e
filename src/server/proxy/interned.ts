/**
 * Gives one instance to equal values, so that what is computed for one is found again for the other.
 * Instances that nobody holds any more are forgotten.
 */
export class Interned<T extends object> {
  readonly #byText = new Map<string, WeakRef<T>>();
  readonly #collected = new FinalizationRegistry<string>((text) => {
    if (this.#byText.get(text)?.deref() === undefined) this.#byText.delete(text);
  });

  /** The instance known under `text`, else `create()`'s, which is known from then on. */
  get(text: string, create: () => T): T {
    const known = this.#byText.get(text)?.deref();
    if (known !== undefined) return known;
    const value = create();
    this.#byText.set(text, new WeakRef(value));
    this.#collected.register(value, text);
    return value;
  }

  get size(): number {
    return this.#byText.size;
  }
}

let nextIdentity = 1;
const identities = new WeakMap<object, number>();

/** A number that stands for an object's identity in the text of a key; the same object always has the same. */
export function identityOf(value: object | undefined): number {
  if (value === undefined) return 0;
  const known = identities.get(value) ?? nextIdentity++;
  identities.set(value, known);
  return known;
}
