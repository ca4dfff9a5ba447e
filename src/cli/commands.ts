import type { Command } from './command.ts';
import { agent } from './commands/agent.ts';
import { bootstrap } from './commands/bootstrap.ts';
import { checkInject } from './commands/check-inject.ts';
import { injectorList } from './commands/injector-list.ts';
import { iptables } from './commands/iptables.ts';
import { kubeInject } from './commands/kube-inject.ts';
import { request } from './commands/request.ts';
import { tokenCreate } from './commands/token-create.ts';
import { version } from './commands/version.ts';
import { wait } from './commands/wait.ts';

/** Every command of this folder, in the order of the help. Commands that start a server are added by the server. */
export const cliCommands: readonly Command[] = [
  agent,
  bootstrap,
  checkInject,
  injectorList,
  iptables,
  kubeInject,
  request,
  tokenCreate,
  version,
  wait,
];
