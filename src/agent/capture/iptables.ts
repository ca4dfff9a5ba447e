import { captureFault } from './fault.ts';
import { listStrays, toIptablesArguments, toRestoreText } from './iptables-text.ts';
import { planCapture } from './plan.ts';
import { type Family, listOwnChains, type Rule, type Table } from './rule.ts';
import type { CaptureSettings } from './settings.ts';
import type { RunTool } from './tool.ts';

/** The two packages of iptables' tools; a machine may have one or both, and must not mix them. */
export type Variant = 'legacy' | 'nft' | 'plain';

const TABLES: readonly Table[] = ['filter', 'mangle', 'nat', 'raw'];

/**
 * Finds the iptables to use: the legacy one where rules are in it already, else the one over nftables, else what is called `iptables`.
 *
 * @throws Fault CAPTURE_TOOL when there is none.
 */
export async function findVariant(
  run: RunTool,
  family: Family,
  forced: 'legacy' | 'nft' | undefined,
): Promise<Variant> {
  if (forced !== undefined) return forced;
  const legacy = await run(toName(family, 'legacy', 'save'), []);
  if (legacy.code === 0 && legacy.output.split('\n').some((line) => line.startsWith('-A'))) return 'legacy';
  if ((await run(toName(family, 'nft', 'save'), [])).code === 0) return 'nft';
  const plain = await run(toName(family, 'plain', 'save'), []);
  if (plain.code === 0) return 'plain';
  if (legacy.code === 0) return 'legacy';
  throw captureFault(
    'CAPTURE_TOOL',
    `no iptables can be used here: ${plain.output.trim() || 'there is none on the PATH'}`,
  );
}

/** Of one family: makes the packet filter hold these rules, and nothing older of ours. @returns whether it held anything else before */
export async function applyIptables(
  run: RunTool,
  {
    settings,
    family,
    variant,
  }: { readonly settings: CaptureSettings; readonly family: Family; readonly variant: Variant },
  isForced: boolean,
): Promise<boolean> {
  const rules = planCapture(settings, family);
  const present = await readState(run, family, variant);
  if (!isForced && (await isApplied(run, rules, { present, family, variant }))) return false;
  const before = await planRemoval(run, rules, { present, family, variant });
  await restore(run, toRestoreText(rules, before), family, variant);
  return true;
}

/** Takes away everything of ours, whatever settings it was made with. @returns whether there was anything */
export async function cleanIptables(
  run: RunTool,
  {
    settings,
    family,
    variant,
  }: { readonly settings: CaptureSettings; readonly family: Family; readonly variant: Variant },
): Promise<boolean> {
  const present = await readState(run, family, variant);
  const before = await planRemoval(run, planCapture(settings, family), { present, family, variant });
  if (before.size === 0) return false;
  await restore(run, toRestoreText([], before), family, variant);
  return true;
}

interface State {
  /** Chains of ours by table, and how many rules each has. */
  readonly chains: ReadonlyMap<Table, ReadonlyMap<string, number>>;
  /** Rules in the kernel's own chains that name a chain of ours, as the kernel prints them. */
  readonly jumps: ReadonlyMap<Table, readonly string[]>;
}

interface Present {
  readonly present: State;
  readonly family: Family;
  readonly variant: Variant;
}

async function readState(run: RunTool, family: Family, variant: Variant): Promise<State> {
  const chains = new Map<Table, Map<string, number>>();
  const jumps = new Map<Table, string[]>();
  for (const table of TABLES) {
    const { code, output } = await run(toName(family, variant, 'save'), ['-t', table]);
    // A kernel may lack a table; what needs it says so when it is written.
    if (code !== 0) continue;
    const sizes = new Map<string, number>();
    for (const line of output.split('\n')) {
      const declared = /^:(ISTIO_\S+)/.exec(line)?.[1];
      if (declared !== undefined) sizes.set(declared, 0);
      const chain = /^-A (\S+)/.exec(line)?.[1];
      if (chain?.startsWith('ISTIO_')) sizes.set(chain, (sizes.get(chain) ?? 0) + 1);
      else if (chain !== undefined && / -j ISTIO_\S+/.test(line)) jumps.set(table, [...(jumps.get(table) ?? []), line]);
    }
    if (sizes.size > 0) chains.set(table, sizes);
  }
  return { chains, jumps };
}

/** The kernel prints rules in other words than they were written in: sizes are compared, and the kernel is asked for each rule. */
async function isApplied(
  run: RunTool,
  rules: readonly Rule[],
  { present, family, variant }: Present,
): Promise<boolean> {
  for (const table of TABLES) {
    const own = rules.filter((rule) => rule.table === table);
    const wanted = new Map(
      listOwnChains(own).map((chain) => [chain, own.filter((rule) => rule.chain === chain).length]),
    );
    const held = present.chains.get(table) ?? new Map();
    if (wanted.size !== held.size || [...wanted].some(([chain, size]) => held.get(chain) !== size)) return false;
  }
  for (const rule of rules) if (!(await holds(run, rule, family, variant))) return false;
  return true;
}

/** Lines by table that take away jumps to our chains, rules that stray among others', and the chains. */
async function planRemoval(
  run: RunTool,
  rules: readonly Rule[],
  { present, family, variant }: Present,
): Promise<ReadonlyMap<Table, readonly string[]>> {
  const lines = new Map<Table, string[]>();
  const add = (table: Table, ...more: readonly string[]) => lines.set(table, [...(lines.get(table) ?? []), ...more]);
  for (const [table, jumps] of present.jumps) add(table, ...jumps.map((line) => line.replace(/^-A/, '-D')));
  for (const rule of listStrays(rules))
    if (await holds(run, rule, family, variant)) add(rule.table, toIptablesArguments(rule, 'delete').join(' '));
  for (const [table, chains] of present.chains)
    add(
      table,
      ...[...chains.keys()].map((chain) => `-F ${chain}`),
      ...[...chains.keys()].map((chain) => `-X ${chain}`),
    );
  return lines;
}

async function holds(run: RunTool, rule: Rule, family: Family, variant: Variant): Promise<boolean> {
  const { code } = await run(toName(family, variant), ['-t', rule.table, ...toIptablesArguments(rule, 'check')]);
  return code === 0;
}

async function restore(run: RunTool, text: string, family: Family, variant: Variant): Promise<void> {
  const name = toName(family, variant, 'restore');
  // Another process may be writing; only the legacy one has to be told to wait for it.
  const wait = variant === 'nft' ? [] : ['--wait=30'];
  const { code, output } = await run(name, ['--noflush', ...wait], text);
  if (code !== 0) throw captureFault('CAPTURE_TOOL', `${name} failed (${code}): ${output.trim()}; asked for:\n${text}`);
}

function toName(family: Family, variant: Variant, verb?: 'save' | 'restore'): string {
  const parts = [
    family === 4 ? 'iptables' : 'ip6tables',
    ...(variant === 'plain' ? [] : [variant]),
    ...(verb ? [verb] : []),
  ];
  return parts.join('-');
}
