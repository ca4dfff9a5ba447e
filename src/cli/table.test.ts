import { expect, it } from 'vitest';
import { formatTable } from './table.ts';

it('aligns columns, and leaves nothing behind the last cell of a row', () => {
  expect(
    formatTable(
      [
        ['A', 'LONGER', 'C'],
        ['aaa', 'b'],
        ['', '', 'ccc'],
      ],
      1,
    ),
  ).toBe(['A   LONGER C', 'aaa b', '           ccc'].join('\n'));
});
