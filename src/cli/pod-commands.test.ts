import { describe, expect, it } from 'vitest';
import { cliCommands } from './commands.ts';
import { loadPodCommand } from './pod-commands.ts';

describe('a command of a pod', () => {
  it.each(['agent', 'proxy', 'iptables', 'request', 'wait'])(
    '%s is the same as that of the whole program',
    async (word) => {
      const command = await loadPodCommand([word, '--help']);
      expect(cliCommands.find(({ name, aliases }) => name === word || aliases?.includes(word))).toBe(command);
    },
  );

  it.each([[[]], [['discovery']], [['toString']]])('is not asked for by %o', async (argv) => {
    expect(await loadPodCommand(argv)).toBe(undefined);
  });
});
