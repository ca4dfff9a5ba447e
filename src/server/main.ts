import { loadPodCommand } from '../cli/pod-commands.ts';
import { runAsProcess } from '../cli/run-process.ts';

// The agent of every pod starts here too, and must not pay for a control plane.
const podCommand = await loadPodCommand(process.argv.slice(2));
if (podCommand !== undefined) await runAsProcess([podCommand]);
else {
  const { runEveryCommand } = await import('./every-command.ts');
  await runEveryCommand();
}
