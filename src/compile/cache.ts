/** A fork in the tree of arguments: calls that agree in the arguments before it. Objects count by identity, primitives by value. */
class Branch {
  readonly children = new Map<unknown, Branch | Leaf>();
  readonly parent: Branch | undefined;
  readonly key: unknown;

  constructor(parent: Branch | undefined, key: unknown) {
    this.parent = parent;
    this.key = key;
  }
}

/**
 * A remembered result. It hangs where its arguments part from those of all others; most calls are told apart by one or two of theirs, so that
 * finding one costs a look-up or two, and the rest is compared. Leaves are linked in the order of the generation in which each was last used.
 */
class Leaf {
  readonly args: readonly unknown[];
  parent: Branch;
  key: unknown;
  value: unknown;
  /** Results that were asked for while this one was computed: they live as long as it does. */
  parts: readonly Leaf[] = [];
  /** How many remembered results it is a part of. */
  owners = 0;
  /** Whether it is in the order of generations; one that was not asked for lately and has owners is not. */
  isListed = false;
  generation: number;
  older: Leaf | undefined;
  newer: Leaf | undefined;

  constructor(args: readonly unknown[], root: Branch, generation: number) {
    this.args = args;
    this.parent = root;
    this.key = args[0];
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
    const root = this.#rootOf(fn, args.length);
    const found = find(root, args);
    const leaf = found ?? this.#compute(root, fn, args);
    if (found !== undefined) {
      this.#hits++;
      if (found.generation !== this.#generation) this.#touch(found);
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
      if (leaf.owners === 0) this.#drop(leaf);
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

  #compute<A extends readonly unknown[]>(root: Branch, fn: (...args: A) => unknown, args: A): Leaf {
    this.#misses++;
    const leaf = new Leaf(args, root, this.#generation);
    const parts = new Set<Leaf>();
    this.#computing.push(parts);
    try {
      leaf.value = fn(...args);
    } finally {
      this.#computing.pop();
    }
    leaf.parts = [...parts];
    for (const part of parts) part.owners++;
    // Only now: what was computed on the way may have changed the tree.
    hang(leaf, root);
    this.#append(leaf);
    this.#size++;
    return leaf;
  }

  // Its parts need no touch: they have an owner that is in use. So a result that stands for thousands costs one.
  #touch(leaf: Leaf): void {
    leaf.generation = this.#generation;
    if (leaf.isListed) this.#unlink(leaf);
    this.#append(leaf);
  }

  /** Forgets a result, and what was kept only because it was a part of it. */
  #drop(leaf: Leaf): void {
    cut(leaf);
    this.#size--;
    for (const part of leaf.parts) {
      part.owners--;
      if (part.owners === 0 && !part.isListed) this.#drop(part);
    }
  }

  #append(leaf: Leaf): void {
    leaf.isListed = true;
    leaf.older = this.#newest;
    leaf.newer = undefined;
    if (this.#newest === undefined) this.#oldest = leaf;
    else this.#newest.newer = leaf;
    this.#newest = leaf;
  }

  #unlink(leaf: Leaf): void {
    leaf.isListed = false;
    if (leaf.older === undefined) this.#oldest = leaf.newer;
    else leaf.older.newer = leaf.newer;
    if (leaf.newer === undefined) this.#newest = leaf.older;
    else leaf.newer.older = leaf.older;
  }
}

function find(root: Branch, args: readonly unknown[]): Leaf | undefined {
  let branch = root;
  for (let i = 0; ; i++) {
    const child = branch.children.get(args[i]);
    if (child === undefined) return undefined;
    if (child instanceof Leaf) return isSameFrom(i + 1, child.args, args) ? child : undefined;
    branch = child;
  }
}

/** Hangs a leaf where its way ends; one that hangs there for other arguments moves on with it until their ways part. */
function hang(leaf: Leaf, root: Branch): void {
  let branch = root;
  for (let i = 0; i < leaf.args.length; i++) {
    const key = leaf.args[i];
    const child = branch.children.get(key);
    if (child instanceof Branch) {
      branch = child;
      continue;
    }
    if (child === undefined || isSameFrom(i + 1, child.args, leaf.args)) {
      put(leaf, branch, key);
      return;
    }
    const fork = new Branch(branch, key);
    branch.children.set(key, fork);
    put(child, fork, child.args[i + 1]);
    branch = fork;
  }
  put(leaf, branch, undefined);
}

function put(leaf: Leaf, parent: Branch, key: unknown): void {
  leaf.parent = parent;
  leaf.key = key;
  parent.children.set(key, leaf);
}

/** As a `Map` compares its keys. */
function isSameFrom(start: number, a: readonly unknown[], b: readonly unknown[]): boolean {
  for (let i = start; i < a.length; i++) {
    if (a[i] !== b[i] && !(Number.isNaN(a[i]) && Number.isNaN(b[i]))) return false;
  }
  return true;
}

/** Takes a leaf out of the tree, and the branches that led to nothing else. */
function cut(leaf: Leaf): void {
  if (leaf.parent.children.get(leaf.key) === leaf) leaf.parent.children.delete(leaf.key);
  for (let branch = leaf.parent; branch.children.size === 0 && branch.parent !== undefined; branch = branch.parent) {
    branch.parent.children.delete(branch.key);
  }
}
