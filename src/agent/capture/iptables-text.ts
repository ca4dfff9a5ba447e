import { isBuiltIn, listOwnChains, type Match, type Rule, type Table, type Verdict } from './rule.ts';

/** A rule as arguments of iptables, without the table. */
export function toIptablesArguments(rule: Rule, operation: 'add' | 'check' | 'delete' = 'add'): readonly string[] {
  const head = operation === 'check' ? ['-C'] : operation === 'delete' ? ['-D'] : [rule.at === undefined ? '-A' : '-I'];
  const place = operation === 'add' && rule.at !== undefined ? [String(rule.at)] : [];
  return [...head, rule.chain, ...place, ...rule.matches.flatMap(toMatch), '-j', ...toTarget(rule.target)];
}

/**
 * What `iptables-restore --noflush` reads: makes the chains, then the rules, table by table in alphabetical order, each of which takes force in
 * one step.
 *
 * @param before Lines by table that come first: what clears away an earlier state.
 */
export function toRestoreText(
  rules: readonly Rule[],
  before: ReadonlyMap<Table, readonly string[]> = new Map(),
): string {
  const tables = [...new Set([...before.keys(), ...rules.map(({ table }) => table)])].sort();
  return tables
    .map((table) => {
      const own = rules.filter((rule) => rule.table === table);
      const lines = [
        ...(before.get(table) ?? []),
        ...listOwnChains(own).map((chain) => `-N ${chain}`),
        ...own.map((rule) => toIptablesArguments(rule).join(' ')),
      ];
      return lines.length === 0 ? '' : `* ${table}\n${lines.join('\n')}\nCOMMIT\n`;
    })
    .join('');
}

/** Rules in chains that are not ours, and name none of ours: nothing else tells that they are ours. */
export function listStrays(rules: readonly Rule[]): readonly Rule[] {
  return rules.filter(({ chain, target }) => isBuiltIn(chain) && target.kind !== 'jump');
}

function toMatch(match: Match): readonly string[] {
  const not = 'not' in match && match.not ? ['!'] : [];
  switch (match.kind) {
    case 'in':
      return ['-i', match.device];
    case 'out':
      return ['-o', match.device];
    case 'from':
      return [...not, '-s', match.cidr];
    case 'to':
      return [...not, '-d', match.cidr];
    case 'protocol':
      return ['-p', match.protocol];
    case 'toPort':
      return [...not, '--dport', String(match.port)];
    case 'toPorts':
      return ['-m', 'multiport', ...not, '--dports', match.ports.join(',')];
    case 'fromPort':
      return ['--sport', String(match.port)];
    case 'user':
      return ['-m', 'owner', ...not, '--uid-owner', String(match.id)];
    case 'group':
      return ['-m', 'owner', ...not, '--gid-owner', String(match.id)];
    case 'mark':
      return ['-m', 'mark', ...not, '--mark', String(match.mark)];
    case 'connectionMark':
      return ['-m', 'connmark', ...not, '--mark', String(match.mark)];
    case 'state':
      return ['-m', 'conntrack', '--ctstate', match.states.join(',')];
  }
}

function toTarget(verdict: Verdict): readonly string[] {
  switch (verdict.kind) {
    case 'return':
    case 'accept':
    case 'drop':
      return [verdict.kind.toUpperCase()];
    case 'saveMark':
      return ['CONNMARK', '--save-mark'];
    case 'restoreMark':
      return ['CONNMARK', '--restore-mark'];
    case 'jump':
      return [verdict.chain];
    case 'redirect':
      // Istio spells it so for UDP; iptables takes any unique beginning of an option.
      return ['REDIRECT', verdict.protocol === 'udp' ? '--to-port' : '--to-ports', String(verdict.port)];
    case 'tproxy':
      return ['TPROXY', '--tproxy-mark', `${verdict.mark}/0xffffffff`, '--on-port', String(verdict.port)];
    case 'setMark':
      return ['MARK', '--set-mark', String(verdict.mark)];
    case 'zone':
      return ['CT', '--zone', String(verdict.zone)];
  }
}
