import { setFlagsFromString } from 'node:v8';
import { cliCommands } from '../cli/commands.ts';
import { runAsProcess } from '../cli/run-process.ts';
import { discovery } from './discovery-command.ts';

/** Runs whatever command the arguments ask for. */
export async function runEveryCommand(): Promise<void> {
  // A storm of connecting proxies passes gigabytes of buffers through. Without this V8 marks the whole heap after every 64 MB of them, which was
  // two fifths of the CPU; with it buffers count against the heap's own limit. See docs/adr/0012.
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  await runAsProcess([discovery, ...cliCommands]);
}
