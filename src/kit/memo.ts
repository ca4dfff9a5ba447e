/** How a memo forgets. */
export interface MemoOptions {
  /** An entry that was not used in so many generations is dropped; 2 when absent. */
  readonly generations?: number;
}

/** What happened in a memo since it was made. */
export interface MemoCounts {
  readonly hits: number;
  readonly misses: number;
  /** Entries held now. */
  readonly size: number;
}

/** A place in the tree of arguments: one level per argument, keyed by identity. */
class Branch<R> {
  readonly children = new Map<unknown, Branch<R> | Leaf<R>>();
  readonly parent: Branch<R> | undefined;
  readonly key: unknown;

  constructor(parent: Branch<R> | undefined, key: unknown) {
    this.parent = parent;
    this.key = key;
  }
}

/** A remembered result, linked with its neighbours in the order of the generation in which each was last used. */
class Leaf<R> {
  readonly parent: Branch<R>;
  readonly key: unknown;
  readonly value: R;
  generation: number;
  older: Leaf<R> | undefined;
  newer: Leaf<R> | undefined;

  constructor(parent: Branch<R>, key: unknown, value: R, generation: number) {
    this.parent = parent;
    this.key = key;
    this.value = value;
    this.generation = generation;
  }
}

/**
 * Remembers a pure function's results by the identity (`===`) of every argument: objects by reference, primitives by
 * value. Finding one costs a map look-up per argument; forgetting costs only what is forgotten.
 *
 * Arguments and results are held strongly until `advance` drops them.
 */
export class Memo<Args extends readonly unknown[], R> {
  readonly #compute: (...args: Args) => R;
  readonly #generations: number;
  #root = new Branch<R>(undefined, undefined);
  #oldest: Leaf<R> | undefined;
  #newest: Leaf<R> | undefined;
  #generation = 0;
  #hits = 0;
  #misses = 0;
  #size = 0;

  constructor(compute: (...args: Args) => R, { generations = 2 }: MemoOptions = {}) {
    this.#compute = compute;
    this.#generations = generations;
  }

  /** The function's result, computed at most once while it is remembered. What throws is not remembered. */
  call(...args: Args): R {
    const depth = args.length - 1;
    let branch: Branch<R> = this.#root;
    for (let i = 0; i < depth; i++) {
      const next = branch.children.get(args[i]);
      branch = next instanceof Branch ? next : addBranch(branch, args[i]);
    }
    const leaf = branch.children.get(args[depth]);
    if (!(leaf instanceof Leaf)) return this.#remember(branch, args);
    this.#hits++;
    if (leaf.generation !== this.#generation) this.#touch(leaf);
    return leaf.value;
  }

  /** Begins a new generation, and drops what the last ones did not use. */
  advance(): void {
    this.#generation++;
    const keepFrom = this.#generation - this.#generations;
    for (let leaf = this.#oldest; leaf !== undefined && leaf.generation < keepFrom; leaf = this.#oldest) {
      this.#unlink(leaf);
      cut(leaf);
      this.#size--;
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#root = new Branch<R>(undefined, undefined);
    this.#oldest = undefined;
    this.#newest = undefined;
    this.#size = 0;
  }

  get counts(): MemoCounts {
    return { hits: this.#hits, misses: this.#misses, size: this.#size };
  }

  #remember(branch: Branch<R>, args: Args): R {
    this.#misses++;
    const value = this.#compute(...args);
    const key = args[args.length - 1];
    const leaf = new Leaf(branch, key, value, this.#generation);
    branch.children.set(key, leaf);
    this.#append(leaf);
    this.#size++;
    return value;
  }

  #touch(leaf: Leaf<R>): void {
    leaf.generation = this.#generation;
    this.#unlink(leaf);
    this.#append(leaf);
  }

  #append(leaf: Leaf<R>): void {
    leaf.older = this.#newest;
    leaf.newer = undefined;
    if (this.#newest === undefined) this.#oldest = leaf;
    else this.#newest.newer = leaf;
    this.#newest = leaf;
  }

  #unlink(leaf: Leaf<R>): void {
    if (leaf.older === undefined) this.#oldest = leaf.newer;
    else leaf.older.newer = leaf.newer;
    if (leaf.newer === undefined) this.#newest = leaf.older;
    else leaf.newer.older = leaf.older;
  }
}

/** A memo of `compute`. */
export function createMemo<Args extends readonly unknown[], R>(
  compute: (...args: Args) => R,
  options?: MemoOptions,
): Memo<Args, R> {
  return new Memo(compute, options);
}

function addBranch<R>(parent: Branch<R>, key: unknown): Branch<R> {
  const branch = new Branch<R>(parent, key);
  parent.children.set(key, branch);
  return branch;
}

/** Takes a leaf out of the tree, and every branch that it leaves empty. */
function cut<R>(leaf: Leaf<R>): void {
  leaf.parent.children.delete(leaf.key);
  for (let branch = leaf.parent; branch.children.size === 0 && branch.parent !== undefined; branch = branch.parent) {
    branch.parent.children.delete(branch.key);
  }
}
