import fc from 'fast-check';
import { expect, it } from 'vitest';
import { BucketMap } from './bucket-map.ts';

it('holds what a Map holds, and leaves earlier versions as they were', () => {
  const change = fc.tuple(fc.string({ maxLength: 3 }), fc.option(fc.integer(), { nil: undefined }));
  fc.assert(
    fc.property(fc.array(fc.array(change)), (batches) => {
      const versions: [BucketMap<number>, ReadonlyMap<string, number>][] = [[BucketMap.empty(), new Map()]];
      for (const batch of batches) {
        const [last, plain] = versions.at(-1) ?? [BucketMap.empty<number>(), new Map<string, number>()];
        const next = new Map(plain);
        for (const [key, value] of batch) value === undefined ? next.delete(key) : next.set(key, value);
        versions.push([last.with(batch), next]);
      }
      for (const [map, plain] of versions) {
        expect(map.size).toBe(plain.size);
        for (const key of batches.flat().map(([key]) => key)) expect(map.get(key)).toBe(plain.get(key));
      }
    }),
  );
});

it('is itself when nothing changes', () => {
  const map = BucketMap.empty<number>().with([['a', 1]]);
  expect(map.with([])).toBe(map);
});
