import { expect, it } from 'vitest';
import { unreachable } from './unreachable.ts';

it('throws with the value that no case took', () => {
  const kind: 'known' = JSON.parse('"new"');
  const run = () => {
    switch (kind) {
      case 'known':
        return;
      default:
        unreachable(kind);
    }
  };
  expect(run).toThrow('unhandled case: "new"');
});
