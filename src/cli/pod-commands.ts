import type { Command } from './command.ts';

const loadAgent = async () => (await import('./commands/agent.ts')).agent;
const loadIptables = async () => (await import('./commands/iptables.ts')).iptables;

/** What runs in every pod of a mesh, by the words that ask for it: every pod pays for what is loaded, so nothing else is. */
const LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  agent: loadAgent,
  proxy: loadAgent,
  iptables: loadIptables,
  // As injected pods call it.
  'istio-iptables': loadIptables,
  request: async () => (await import('./commands/request.ts')).request,
  wait: async () => (await import('./commands/wait.ts')).wait,
};

/** Loads the command of a pod that these arguments ask for; nothing when they ask for another one. */
export async function loadPodCommand([word = '']: readonly string[]): Promise<Command | undefined> {
  return Object.hasOwn(LOADERS, word) ? LOADERS[word]?.() : undefined;
}
