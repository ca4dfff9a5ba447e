import { captureFault } from './fault.ts';
import { toNftText } from './nft-text.ts';
import { planCapture } from './plan.ts';
import type { Family } from './rule.ts';
import type { CaptureSettings } from './settings.ts';
import type { RunTool } from './tool.ts';

/** Makes our tables of nftables hold the rules, in one step: an earlier state is replaced by it. */
export async function applyNftables(run: RunTool, settings: CaptureSettings, family: Family): Promise<void> {
  await runScript(run, toNftText(planCapture(settings, family), family));
}

/** Takes our tables away. */
export async function cleanNftables(run: RunTool, family: Family): Promise<void> {
  await runScript(run, toNftText([], family));
}

async function runScript(run: RunTool, text: string): Promise<void> {
  const { code, output } = await run('nft', ['-f', '-'], text);
  if (code !== 0) throw captureFault('CAPTURE_TOOL', `nft failed (${code}): ${output.trim()}; asked for:\n${text}`);
}
