import { expect, it } from 'vitest';
import { unreachable } from './unreachable.ts';

it('throws with the value that no case took', () => {
  const value: unknown = { kind: 'new' };
  expect(() => unreachable(value as never)).toThrow('unhandled case: {"kind":"new"}');
});
