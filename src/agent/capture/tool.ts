import { spawn } from 'node:child_process';

/** What became of a tool: its exit code, 127 when it is not there, and what it printed on both outputs. */
export interface ToolResult {
  readonly code: number;
  readonly output: string;
}

/** Runs a tool to its end. */
export type RunTool = (name: string, args: readonly string[], input?: string) => Promise<ToolResult>;

/** Runs tools of this machine; in another network namespace when one is named. */
export function createRunTool(networkNamespace?: string): RunTool {
  if (networkNamespace === undefined || networkNamespace === '') return runHere;
  return (name, args, input) => runHere('nsenter', [`--net=${networkNamespace}`, name, ...args], input);
}

const runHere: RunTool = async (name, args, input = '') => {
  const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const { promise, resolve } = Promise.withResolvers<ToolResult>();
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.on('error', (err) => resolve({ code: 127, output: err.message }));
  child.on('close', (code) => resolve({ code: code ?? 128, output }));
  // A tool that ends without reading leaves a broken pipe behind; its exit code says what matters.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return promise;
};
