import { cliCommands } from '../cli/commands.ts';
import { runAsProcess } from '../cli/run-process.ts';
import { discovery } from './discovery-command.ts';

await runAsProcess([discovery, ...cliCommands]);
