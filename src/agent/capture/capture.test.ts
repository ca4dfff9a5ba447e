import { describe, expect, it } from 'vitest';
import { applyCapture, cleanCapture } from './capture.ts';
import { POD } from './testing.ts';
import type { RunTool } from './tool.ts';

/** A machine that has these tools and no others. */
const machine = (...tools: readonly string[]) => {
  const ran: string[] = [];
  const run: RunTool = async (name, args) => {
    if (!tools.includes(name)) return { code: 127, output: `spawn ${name} ENOENT` };
    ran.push([name, ...args].join(' '));
    return { code: name.startsWith('iptables') && args.includes('-C') ? 1 : 0, output: '' };
  };
  const means = { run, families: [4 as const], isNftables: false, variant: undefined, isForced: false };
  return { ran, means };
};

describe('the tool that captures', () => {
  it('is nftables where only that exists, for taking away too', async () => {
    const { ran, means } = machine('nft');
    await applyCapture(POD, means);
    await cleanCapture(POD, means);
    expect(ran).toEqual(['nft --version', 'nft -f -', 'nft --version', 'nft -f -']);
  });

  it('is iptables where that is there, whatever else is', async () => {
    const { ran, means } = machine('nft', 'iptables-save', 'iptables', 'iptables-restore');
    await applyCapture(POD, means);
    expect(ran.filter((line) => line.startsWith('nft'))).toEqual([]);
    expect(ran.at(-1)).toBe('iptables-restore --noflush --wait=30');
  });

  it('is asked for by name where there is none', async () => {
    const { means } = machine();
    await expect(applyCapture(POD, means)).rejects.toThrow('no iptables can be used here');
  });
});
