import { spawn } from 'node:child_process';
import { Socket } from 'node:net';

/** Waits for the end of its input, which comes however its parent ends; a line before that calls it off. */
const WAIT = 'read -r line && exit 0; sleep 0.5;';

/**
 * Has a shell run a script when this process has ended, even by SIGKILL.
 * @param script Its `$1` is `argument`
 * @returns calls it off
 */
export function runAfterUs(script: string, argument: string): () => void {
  const shell = spawn('sh', ['-c', `${WAIT} ${script}`, 'sweep', argument], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  if (shell.stdin instanceof Socket) shell.stdin.unref();
  return () => void shell.stdin.end('off\n');
}
