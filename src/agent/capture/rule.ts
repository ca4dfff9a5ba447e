/** The two address families; each has rules of its own. */
export type Family = 4 | 6;

export type Table = 'filter' | 'mangle' | 'nat' | 'raw';

/** What a packet must look like. The order in which a rule lists its matches is the order in which they are printed. */
export type Match =
  | { readonly kind: 'in' | 'out'; readonly device: string }
  | { readonly kind: 'from' | 'to'; readonly cidr: string; readonly not?: true }
  | { readonly kind: 'protocol'; readonly protocol: 'tcp' | 'udp' }
  | { readonly kind: 'toPort'; readonly port: number; readonly not?: true }
  | { readonly kind: 'toPorts'; readonly ports: readonly number[]; readonly not?: true }
  | { readonly kind: 'fromPort'; readonly port: number }
  | { readonly kind: 'user' | 'group'; readonly id: number; readonly not?: true }
  | { readonly kind: 'mark' | 'connectionMark'; readonly mark: number; readonly not?: true }
  | { readonly kind: 'state'; readonly states: readonly ('INVALID' | 'RELATED' | 'ESTABLISHED')[] };

/** What happens to a packet that matches. */
export type Verdict =
  | { readonly kind: 'return' | 'accept' | 'drop' | 'saveMark' | 'restoreMark' }
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'redirect'; readonly port: number; readonly protocol: 'tcp' | 'udp' }
  | { readonly kind: 'tproxy'; readonly port: number; readonly mark: number }
  | { readonly kind: 'setMark'; readonly mark: number }
  | { readonly kind: 'zone'; readonly zone: number };

/** One rule of a packet filter, in words that both iptables and nftables have. */
export interface Rule {
  readonly table: Table;
  readonly chain: string;
  /** Inserted at this place of the chain, from 1; appended when absent. */
  readonly at?: number;
  readonly matches: readonly Match[];
  readonly target: Verdict;
}

/** Chains that the kernel has by itself. */
const BUILT_IN: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

export function isBuiltIn(chain: string): boolean {
  return BUILT_IN.has(chain);
}

/** Chains that rules make or jump to, in the order of their first rule, then of the first jump to them. */
export function listOwnChains(rules: readonly Rule[]): readonly string[] {
  const jumps = rules.flatMap(({ target }) => (target.kind === 'jump' ? [target.chain] : []));
  return [...new Set([...rules.map(({ chain }) => chain), ...jumps])].filter((chain) => !isBuiltIn(chain));
}
