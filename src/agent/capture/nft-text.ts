import { type Family, isBuiltIn, listOwnChains, type Match, type Rule, type Table, type Verdict } from './rule.ts';

/** Where a chain of ours hangs in the kernel, as iptables has it. */
const HOOKS: Readonly<Record<string, string>> = {
  'nat PREROUTING': 'type nat hook prerouting priority dstnat',
  // The name dstnat is known for prerouting only.
  'nat OUTPUT': 'type nat hook output priority -100',
  'mangle PREROUTING': 'type filter hook prerouting priority mangle',
  // Only a chain of this type makes the kernel look for the route again once a mark has changed.
  'mangle OUTPUT': 'type route hook output priority mangle',
  'raw PREROUTING': 'type filter hook prerouting priority raw',
  'raw OUTPUT': 'type filter hook output priority raw',
};

const TABLES: readonly Table[] = ['mangle', 'nat', 'raw'];

/** Our table for a table of iptables; nobody else writes there. */
export function toNftTable(table: Table): string {
  return `istio-proxy-${table}`;
}

/**
 * The script that `nft -f -` takes in one step: our tables as the rules say, whatever was in them before.
 *
 * Tables are of one family, `ip` or `ip6`; packets of the other do not pass them.
 */
export function toNftText(rules: readonly Rule[], family: Family): string {
  const words = family === 4 ? 'ip' : 'ip6';
  const drop = TABLES.map(
    (table) => `table ${words} ${toNftTable(table)}\ndelete table ${words} ${toNftTable(table)}\n`,
  );
  const make = TABLES.map((table) => {
    const own = rules.filter((rule) => rule.table === table);
    const builtIn = [...new Set(own.map(({ chain }) => chain))].filter(isBuiltIn);
    const chains = [...listOwnChains(own), ...builtIn].map((chain) => toChain(table, chain, own, words));
    return chains.length === 0 ? '' : `table ${words} ${toNftTable(table)} {\n${chains.join('\n')}\n}\n`;
  });
  return [...drop, ...make].join('');
}

function toChain(table: Table, chain: string, rules: readonly Rule[], words: 'ip' | 'ip6'): string {
  const hook = HOOKS[`${table} ${chain}`];
  const lines = inOrder(rules.filter((rule) => rule.chain === chain)).map((rule) => toRule(rule, words));
  const all = [...(hook === undefined ? [] : [`${hook}; policy accept;`]), ...lines];
  return [`  chain ${chain} {`, ...all.map((line) => `    ${line}`), '  }'].join('\n');
}

/** A script has no insertions: rules are put where inserting one after the other would have put them. */
function inOrder(rules: readonly Rule[]): readonly Rule[] {
  const result: Rule[] = [];
  for (const rule of rules) result.splice(rule.at === undefined ? result.length : rule.at - 1, 0, rule);
  return result;
}

function toRule(rule: Rule, words: 'ip' | 'ip6'): string {
  const protocol = rule.matches.find((match) => match.kind === 'protocol')?.protocol ?? 'tcp';
  const matches = rule.matches
    // Naming a port names its protocol.
    .filter(
      (match) =>
        match.kind !== 'protocol' || !rule.matches.some(({ kind }) => kind.endsWith('Port') || kind === 'toPorts'),
    )
    .map((match) => toMatch(match, protocol, words));
  return [...matches, toVerdict(rule.target)].join(' ');
}

function toMatch(match: Match, protocol: 'tcp' | 'udp', words: 'ip' | 'ip6'): string {
  const not = 'not' in match && match.not ? '!= ' : '';
  switch (match.kind) {
    case 'in':
      return `iifname "${match.device}"`;
    case 'out':
      return `oifname "${match.device}"`;
    case 'from':
      return `${words} saddr ${not}${match.cidr}`;
    case 'to':
      return `${words} daddr ${not}${match.cidr}`;
    case 'protocol':
      return `meta l4proto ${match.protocol}`;
    case 'toPort':
      return `${protocol} dport ${not}${match.port}`;
    case 'toPorts':
      return `${protocol} dport ${not}{ ${match.ports.join(', ')} }`;
    case 'fromPort':
      return `${protocol} sport ${match.port}`;
    case 'user':
      return `meta skuid ${not}${match.id}`;
    case 'group':
      return `meta skgid ${not}${match.id}`;
    case 'mark':
      return `meta mark ${not}${match.mark}`;
    case 'connectionMark':
      return `ct mark ${not}${match.mark}`;
    case 'state':
      return `ct state ${match.states.map((state) => state.toLowerCase()).join(',')}`;
  }
}

function toVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'return':
    case 'accept':
    case 'drop':
      return verdict.kind;
    case 'saveMark':
      return 'ct mark set meta mark';
    case 'restoreMark':
      return 'meta mark set ct mark';
    case 'jump':
      return `jump ${verdict.chain}`;
    case 'redirect':
      return `redirect to :${verdict.port}`;
    case 'tproxy':
      return `tproxy to :${verdict.port} meta mark set ${verdict.mark} accept`;
    case 'setMark':
      return `meta mark set ${verdict.mark}`;
    case 'zone':
      return `ct zone set ${verdict.zone}`;
  }
}
