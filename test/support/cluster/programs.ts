import { existsSync } from 'node:fs';
import path from 'node:path';

/** What a cluster is made of on this machine. */
export interface ClusterPrograms {
  readonly apiServer: string;
  readonly kubectl: string;
}

/** The programs, or why they are not here. */
export type ProgramSearch =
  | ({ readonly found: true } & ClusterPrograms)
  | { readonly found: false; readonly reason: string };

const TOOLS = path.resolve(import.meta.dirname, '../../../.tools');

/** Looks where `tools/setup --all` puts them; a kubectl of the machine's own may be of any age and is not taken. */
export function findClusterPrograms(): ProgramSearch {
  const apiServer = path.join(TOOLS, 'apiserver', 'apiserver');
  const kubectl = path.join(TOOLS, 'bin', 'kubectl');
  const missing = [apiServer, kubectl].filter((file) => !existsSync(file)).map((file) => path.basename(file));
  return missing.length === 0
    ? { found: true, apiServer, kubectl }
    : { found: false, reason: `there is no ${missing.join(' and no ')} here: run "tools/setup --all"` };
}
