import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

export interface KubectlOptions {
  readonly program: string;
  readonly kubeconfig: string;
  /** Where it may keep what it found out of the server; else it is in the home of whoever runs the tests. */
  readonly cacheDir: string;
}

/** Runs kubectl; gives its standard output. @throws Error with what it said when it failed. */
export async function runKubectl(options: KubectlOptions, args: readonly string[], input = ''): Promise<string> {
  const flags = ['--kubeconfig', options.kubeconfig, '--cache-dir', options.cacheDir];
  const child = spawn(options.program, [...flags, ...args], { stdio: 'pipe' });
  // Who refuses the command line does not read on.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')}: ${`${errors}${output}`.trim()}`);
  return output;
}
