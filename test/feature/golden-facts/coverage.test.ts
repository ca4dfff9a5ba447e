import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/*
 * The tests of this folder say, row by row, what Istio makes of small meshes: rows RC are about services, routes, clusters and endpoints, rows L
 * about listeners. Each is a test in the file of its topic, or stands here with the reason why it is none.
 */

const ROWS = [...numbered('RC', 95), ...numbered('L', 70)];

/** Rows without a test, by reason. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
  'RequestAuthentication and AuthorizationPolicy are not read yet': [...numbered('L', 57, 46)],
  'Telemetry is not read yet, so nobody asks for traces or metrics': ['L59', 'L60', 'L61', 'L62'],
  'WasmPlugin is not read yet': ['L66'],
  'the same as RC52 and RC53': ['L67'],
};

const HERE = fileURLToPath(new URL('.', import.meta.url));
const texts = globSync('*.test.ts', { cwd: HERE })
  .filter((name) => name !== 'coverage.test.ts')
  .map((name) => readFileSync(`${HERE}/${name}`, 'utf8'));
const tested = texts.flatMap((text) => [...text.matchAll(/(?:it\(|row: )['"]((?:RC|L)\d+):/g)].map(([, row]) => row));

it('every row is a test, or is left out for a reason', () => {
  expect([...tested, ...Object.values(LEFT_OUT).flat()].sort()).toEqual([...ROWS].sort());
});

function numbered(prefix: string, last: number, first = 1): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, i) => `${prefix}${first + i}`);
}
