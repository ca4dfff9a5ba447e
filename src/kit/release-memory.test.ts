import { memoryUsage } from 'node:process';
import { expect, it } from 'vitest';
import { releaseMemory } from './release-memory.ts';

it('leaves nothing of what nobody holds any more', () => {
  releaseMemory();
  const before = memoryUsage().heapUsed;
  fill();
  releaseMemory();
  expect(memoryUsage().heapUsed - before).toBeLessThan(10_000_000);
});

/** Holds 30 MB and more until it returns. */
function fill(): void {
  const rows = Array.from({ length: 1_000_000 }, (_, i) => ({ name: `${i}` }));
  expect(rows.length).toBe(1_000_000);
}
