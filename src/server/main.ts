import { loadPodCommand } from '../cli/pod-commands.ts';
import { asksForHelp, runPodCommand } from '../cli/pod-program.ts';
import { createProcessContext } from '../cli/process-context.ts';

// The agent of every pod starts here too, and must not pay for a control plane.
const argv = process.argv.slice(2);
const podCommand = asksForHelp(argv) ? undefined : await loadPodCommand(argv);
if (podCommand !== undefined) process.exitCode = await runPodCommand(podCommand, argv.slice(1), createProcessContext());
else {
  const { runEveryCommand } = await import('./every-command.ts');
  await runEveryCommand();
}
