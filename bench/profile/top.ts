/** The part of V8's `.cpuprofile` that is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  /** The node on top of the stack at each sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

interface Row {
  readonly name: string;
  readonly selfMs: number;
  readonly totalMs: number;
}

/** Waiting; `(program)`, native code below no function, is work. */
const IDLE = '(idle)';
const ROWS = 40;
const US_PER_MS = 1000;

/** The functions that took most time themselves, and those below which most time was spent, as text. */
export function formatTop(profile: CpuProfile): string {
  const rows = rowsOf(profile);
  const busy = rows.filter(({ name }) => name !== IDLE && name !== '(root)');
  const sum = busy.reduce((total, { selfMs }) => total + selfMs, 0);
  const list = (by: 'selfMs' | 'totalMs') =>
    busy
      .toSorted((a, b) => b[by] - a[by])
      .slice(0, ROWS)
      .map((row) => `${row[by].toFixed(1).padStart(9)} ms ${share(row[by], sum)}  ${row.name}`);
  return [`${sum.toFixed(0)} ms busy`, '', 'self', ...list('selfMs'), '', 'total', ...list('totalMs'), ''].join('\n');
}

function share(ms: number, sum: number): string {
  return `${((100 * ms) / sum).toFixed(1).padStart(5)} %`;
}

function rowsOf({ nodes, samples, timeDeltas }: CpuProfile): readonly Row[] {
  const selfUs = new Map<number, number>();
  samples.forEach((id, i) => {
    selfUs.set(id, (selfUs.get(id) ?? 0) + (timeDeltas[i] ?? 0));
  });
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const self = new Map<string, number>();
  const total = new Map<string, number>();
  const add = (sums: Map<string, number>, name: string, us: number) => sums.set(name, (sums.get(name) ?? 0) + us);
  /** A function counts once on a stack, however deep it recurses. */
  const walk = (id: number, above: ReadonlySet<string>): number => {
    const node = byId.get(id);
    if (node === undefined) return 0;
    const name = nameOf(node.callFrame);
    const own = selfUs.get(id) ?? 0;
    const stack = above.has(name) ? above : new Set([...above, name]);
    const us = (node.children ?? []).reduce((sum, child) => sum + walk(child, stack), own);
    add(self, name, own);
    if (stack !== above) add(total, name, us);
    return us;
  };
  const [root] = nodes;
  if (root !== undefined) walk(root.id, new Set());
  return Array.from(self, ([name, us]) => ({
    name,
    selfMs: us / US_PER_MS,
    totalMs: (total.get(name) ?? 0) / US_PER_MS,
  }));
}

function nameOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const file = url.replace(/^.*\/(?=(src|dist|node_modules)\/)/, '');
  const name = functionName === '' ? '(anonymous)' : functionName;
  return file === '' ? name : `${name}  ${file}:${lineNumber + 1}`;
}
