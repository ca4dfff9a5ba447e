import { createLog } from '../../kit/log.ts';
import { listMachineAddresses } from '../machine-addresses.ts';
import { captureFault } from './fault.ts';
import { applyIptables, cleanIptables, findVariant } from './iptables.ts';
import { toRestoreText } from './iptables-text.ts';
import { toNftText } from './nft-text.ts';
import { applyNftables, cleanNftables } from './nftables.ts';
import { planCapture } from './plan.ts';
import type { Family } from './rule.ts';
import type { CaptureSettings } from './settings.ts';
import type { RunTool } from './tool.ts';

const log = createLog('iptables');

/** How the packet filter is written. */
export interface CaptureMeans {
  readonly run: RunTool;
  readonly families: readonly Family[];
  /** nftables itself, rather than iptables. */
  readonly isNftables: boolean;
  readonly variant: 'legacy' | 'nft' | undefined;
  /** Write even if everything is there already. */
  readonly isForced: boolean;
}

/** Sends a pod's traffic through its proxy: rules, routes and addresses. Doing it twice is doing it once. */
export async function applyCapture(settings: CaptureSettings, wanted: CaptureMeans): Promise<void> {
  const means = await chooseTool(wanted);
  for (const family of means.families) await applyRules(settings, family, means);
  await applyRoutes(settings, means);
}

/** Undoes it. */
export async function cleanCapture(settings: CaptureSettings, wanted: CaptureMeans): Promise<void> {
  const { run, families, isNftables, variant } = await chooseTool(wanted);
  for (const family of families) {
    if (isNftables) await cleanNftables(run, family);
    else await cleanIptables(run, { settings, family, variant: await findVariant(run, family, variant) });
    for (const route of listRoutes(settings, family))
      if (await isThere(run, route)) await runIp(run, [route.version, route.object, 'del', ...route.words]);
  }
}

/** Where only nftables exists, it is what is written, whether asked for or not. */
async function chooseTool(means: CaptureMeans): Promise<CaptureMeans> {
  const { run, families, isNftables, variant } = means;
  if (isNftables || variant !== undefined) return means;
  try {
    await findVariant(run, families[0] ?? 4, undefined);
    return means;
  } catch (err) {
    if ((await run('nft', ['--version'])).code !== 0) throw err;
    log.info({ event: 'capture.nftables' }, 'there is no iptables here: nftables is written');
    return { ...means, isNftables: true };
  }
}

/** What would be written, as the tool reads it. */
export function printCapture(settings: CaptureSettings, families: readonly Family[], isNftables: boolean): string {
  const print = (family: Family) => {
    const rules = planCapture(settings, family);
    return isNftables ? toNftText(rules, family) : toRestoreText(rules);
  };
  return families.map(print).join('');
}

/** IPv4 always; IPv6 where the first address of this machine that others can reach is one, or both kinds are asked for. */
export function findFamilies(isDualStack: boolean): readonly Family[] {
  return isDualStack || listMachineAddresses()[0]?.family === 6 ? [4, 6] : [4];
}

async function applyRules(
  settings: CaptureSettings,
  family: Family,
  { run, isNftables, variant, isForced }: CaptureMeans,
) {
  if (isNftables) {
    await applyNftables(run, settings, family);
    log.info({ event: 'capture.applied', family }, `traffic over IPv${family} is captured, by nftables`);
    return;
  }
  const found = await findVariant(run, family, variant);
  const isNew = await applyIptables(run, { settings, family, variant: found }, isForced);
  const how = isNew ? 'is captured' : 'was captured already';
  log.info(
    { event: 'capture.applied', family, variant: found },
    `traffic over IPv${family} ${how}, by iptables (${found})`,
  );
}

async function applyRoutes(settings: CaptureSettings, { run, families }: CaptureMeans): Promise<void> {
  for (const route of families.flatMap((family) => listRoutes(settings, family)))
    if (!(await isThere(run, route))) await runIp(run, [route.version, route.object, 'add', ...route.words]);
}

/** Something that ip(8) adds and deletes. */
interface Route {
  readonly version: '-4' | '-6';
  readonly object: 'addr' | 'rule' | 'route';
  readonly words: readonly string[];
  /** What lists it, and nothing else. */
  readonly show: readonly string[];
}

/** Where marked packets go, and the address from which IPv6 is passed on; of IPv4 all of 127.0.0.0/8 is there. */
function listRoutes({ mode, tproxyMark, tproxyRouteTable }: CaptureSettings, family: Family): readonly Route[] {
  const table = String(tproxyRouteTable);
  const version = family === 4 ? '-4' : '-6';
  const mark = ['fwmark', String(tproxyMark), 'lookup', table];
  const local = ['local', 'default', 'dev', 'lo', 'table', table];
  return [
    ...(family === 6
      ? [
          {
            version,
            object: 'addr',
            words: ['::6/128', 'dev', 'lo'],
            show: ['show', 'dev', 'lo', 'to', '::6/128'],
          } as const,
        ]
      : []),
    ...(mode === 'TPROXY'
      ? ([
          { version, object: 'rule', words: mark, show: ['list', ...mark] },
          { version, object: 'route', words: local, show: ['show', 'table', table, 'type', 'local'] },
        ] as const)
      : []),
  ];
}

async function isThere(run: RunTool, { version, object, show }: Route): Promise<boolean> {
  const { code, output } = await run('ip', [version, object, ...show]);
  return code === 0 && output.trim() !== '';
}

async function runIp(run: RunTool, args: readonly string[]): Promise<void> {
  const { code, output } = await run('ip', args);
  if (code !== 0) throw captureFault('CAPTURE_TOOL', `ip ${args.join(' ')} failed (${code}): ${output.trim()}`);
}
