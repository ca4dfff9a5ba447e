import { globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where golden cases lie. */
export const GOLDEN_ROOT = fileURLToPath(new URL('../../golden/', import.meta.url));

/** Names of all cases, `feature/case`, sorted. */
export function listGoldenCases(): readonly string[] {
  return globSync('*/*/in.yaml', { cwd: GOLDEN_ROOT })
    .map((path) => path.slice(0, -'/in.yaml'.length))
    .sort();
}
