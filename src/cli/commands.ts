import type { Command } from './command.ts';
import { agent } from './commands/agent.ts';
import { bootstrap } from './commands/bootstrap.ts';
import { iptables } from './commands/iptables.ts';
import { request } from './commands/request.ts';
import { tokenCreate } from './commands/token-create.ts';
import { version } from './commands/version.ts';
import { wait } from './commands/wait.ts';

/** Every command of this folder, in the order of the help. Commands that start a server are added by the server. */
export const cliCommands: readonly Command[] = [agent, bootstrap, iptables, request, tokenCreate, version, wait];
