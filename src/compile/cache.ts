/** A place in the tree of arguments: one level per argument, objects by identity, primitives by value. */
class Branch {
  readonly children = new Map<unknown, Branch | Leaf>();
  readonly parent: Branch | undefined;
  readonly key: unknown;

  constructor(parent: Branch | undefined, key: unknown) {
    this.parent = parent;
    this.key = key;
  }
}

/** A remembered result. Leaves are linked in the order of the generation in which each was last used. */
class Leaf {
  readonly parent: Branch;
  readonly key: unknown;
  value: unknown;
  /** Results that were asked for while this one was computed: they live as long as it does. */
  parts: readonly Leaf[] = [];
  generation: number;
  older: Leaf | undefined;
  newer: Leaf | undefined;

  constructor(parent: Branch, key: unknown, generation: number) {
    this.parent = parent;
    this.key = key;
    this.generation = generation;
  }
}

/** How many generations a result survives without being asked for. */
const KEPT_GENERATIONS = 2;

/**
 * Remembers what pure functions returned, by the identity of every argument.
 *
 * The mesh's parts keep their identity while their content is equal, so "same arguments" is "same result" and no result is ever stale: a
 * function that looks at nothing but its arguments cannot be served a wrong answer. Pass every input as an argument, never through a closure.
 * Results that two generations in a row did not ask for are dropped, so it holds about what is being served. What a result was made of stays
 * with it: a list that nobody had to rebuild for a while does not lose its elements.
 */
export class CompileCache {
  /** By function, then by the number of arguments: a variadic function's short calls must not lie on the way of its long ones. */
  readonly #roots = new Map<unknown, Branch[]>();
  readonly #computing: Set<Leaf>[] = [];
  #oldest: Leaf | undefined;
  #newest: Leaf | undefined;
  #generation = 0;
  #size = 0;
  #hits = 0;
  #misses = 0;

  /** Calls `fn` with `args`, or returns what it returned for the identical arguments before. `fn` must be a declared function, not a closure. */
  call<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): R {
    let branch = this.#rootOf(fn, args.length);
    const depth = args.length - 1;
    for (let i = 0; i < depth; i++) {
      const next = branch.children.get(args[i]);
      branch = next instanceof Branch ? next : addBranch(branch, args[i]);
    }
    const found = branch.children.get(args[depth]);
    const leaf = found instanceof Leaf ? found : this.#compute(branch, fn, args);
    if (leaf === found) {
      this.#hits++;
      if (leaf.generation !== this.#generation) this.#touch(leaf);
    }
    this.#computing.at(-1)?.add(leaf);
    return leaf.value as R;
  }

  /** Ends a generation: call it after each rebuild of everything that is being served. */
  advance(): void {
    this.#generation++;
    const keepFrom = this.#generation - KEPT_GENERATIONS;
    for (let leaf = this.#oldest; leaf !== undefined && leaf.generation < keepFrom; leaf = this.#oldest) {
      this.#unlink(leaf);
      cut(leaf);
      this.#size--;
    }
  }

  /** Results held now, and how often one was found or not since the start. */
  get counts(): { readonly size: number; readonly hits: number; readonly misses: number } {
    return { size: this.#size, hits: this.#hits, misses: this.#misses };
  }

  #rootOf(fn: unknown, arity: number): Branch {
    const roots = this.#roots.get(fn) ?? [];
    if (roots.length === 0) this.#roots.set(fn, roots);
    const root = roots[arity] ?? new Branch(undefined, fn);
    roots[arity] = root;
    return root;
  }

  #compute<A extends readonly unknown[]>(branch: Branch, fn: (...args: A) => unknown, args: A): Leaf {
    this.#misses++;
    const leaf = new Leaf(branch, args[args.length - 1], this.#generation);
    const parts = new Set<Leaf>();
    this.#computing.push(parts);
    try {
      leaf.value = fn(...args);
    } finally {
      this.#computing.pop();
    }
    leaf.parts = [...parts];
    branch.children.set(leaf.key, leaf);
    this.#append(leaf);
    this.#size++;
    return leaf;
  }

  #touch(leaf: Leaf): void {
    leaf.generation = this.#generation;
    this.#unlink(leaf);
    this.#append(leaf);
    for (const part of leaf.parts) if (part.generation !== this.#generation) this.#touch(part);
  }

  #append(leaf: Leaf): void {
    leaf.older = this.#newest;
    leaf.newer = undefined;
    if (this.#newest === undefined) this.#oldest = leaf;
    else this.#newest.newer = leaf;
    this.#newest = leaf;
  }

  #unlink(leaf: Leaf): void {
    if (leaf.older === undefined) this.#oldest = leaf.newer;
    else leaf.older.newer = leaf.newer;
    if (leaf.newer === undefined) this.#newest = leaf.older;
    else leaf.newer.older = leaf.older;
  }
}

function addBranch(parent: Branch, key: unknown): Branch {
  const branch = new Branch(parent, key);
  parent.children.set(key, branch);
  return branch;
}

/** Takes a leaf out of the tree, and the branches that led to nothing else. */
function cut(leaf: Leaf): void {
  leaf.parent.children.delete(leaf.key);
  for (let branch = leaf.parent; branch.children.size === 0 && branch.parent !== undefined; branch = branch.parent) {
    branch.parent.children.delete(branch.key);
  }
}
