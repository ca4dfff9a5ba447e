import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where golden cases lie. */
export const GOLDEN_ROOT = fileURLToPath(new URL('../../golden/', import.meta.url));

/** Cases of injection are pods, not what a proxy is sent: they have a test of their own. */
const PODS = 'injection/';

/** Names of all cases, `feature/case`, sorted. */
export function listGoldenCases(): readonly string[] {
  return listCasesWith('in.yaml');
}

/** Names of the cases that have a file of that name. */
export function listCasesWith(file: string): readonly string[] {
  return globSync(`*/*/${file}`, { cwd: GOLDEN_ROOT })
    .map((path) => path.slice(0, -file.length - 1))
    .filter((name) => !name.startsWith(PODS))
    .sort();
}
