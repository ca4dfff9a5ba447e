/** What `CompileCache.call` may remember a result by: objects by identity, primitives by value. */
type Key = unknown;

interface Node {
  children: Map<Key, Node> | undefined;
  /** Set once the function has been called with exactly the arguments that lead here. */
  value: unknown;
  isSet: boolean;
  /** The generation in which it was last asked for. */
  used: number;
}

/** How many generations an entry survives without being asked for. */
const KEPT_GENERATIONS = 2;

/**
 * Remembers what pure functions returned, by the identity of every argument.
 *
 * The mesh's parts keep their identity while their content is equal, so "same arguments" is "same result" and no entry is ever stale: a
 * function that looks at nothing but its arguments cannot be served a wrong answer. Pass every input as an argument, never through a closure.
 * Entries that two generations in a row did not ask for are dropped, so it holds about what is being served.
 */
export class CompileCache {
  readonly #roots = new Map<unknown, Node>();
  #generation = 0;
  #size = 0;
  hits = 0;
  misses = 0;

  /** Calls `fn` with `args`, or returns what it returned for the identical arguments before. `fn` must be a declared function, not a closure. */
  call<A extends readonly unknown[], R>(fn: (...args: A) => R, ...args: A): R {
    let node = this.#roots.get(fn);
    if (node === undefined) {
      node = newNode(this.#generation);
      this.#roots.set(fn, node);
    }
    for (const arg of args) node = this.#child(node, arg);
    if (node.isSet) this.hits++;
    else {
      this.misses++;
      this.#size++;
      node.value = fn(...args);
      node.isSet = true;
    }
    return node.value as R;
  }

  /** Number of remembered results. */
  get size(): number {
    return this.#size;
  }

  /** Ends a generation; call it once after each rebuild of everything that is being served. */
  advance(): void {
    this.#generation++;
    for (const root of this.#roots.values()) this.#prune(root);
  }

  #child(parent: Node, arg: Key): Node {
    parent.children ??= new Map();
    let node = parent.children.get(arg);
    if (node === undefined) {
      node = newNode(this.#generation);
      parent.children.set(arg, node);
    }
    node.used = this.#generation;
    return node;
  }

  // A node is marked on every way through it, so an unused node has no used child and the whole branch goes.
  #prune(node: Node): void {
    if (node.children === undefined) return;
    for (const [key, child] of node.children) {
      if (this.#generation - child.used > KEPT_GENERATIONS) {
        this.#size -= countSet(child);
        node.children.delete(key);
      } else this.#prune(child);
    }
  }
}

function newNode(generation: number): Node {
  return { children: undefined, value: undefined, isSet: false, used: generation };
}

function countSet(node: Node): number {
  let count = node.isSet ? 1 : 0;
  for (const child of node.children?.values() ?? []) count += countSet(child);
  return count;
}
