import { describe, expect, it } from 'vitest';
import { contentHash, hashOfAll } from './hash.ts';

describe('contentHash', () => {
  it('is the same for equal content, as text and as bytes', () => {
    expect(contentHash('reviews')).toBe(contentHash(Buffer.from('reviews')));
  });

  it('is a stable name of 22 characters', () => {
    expect(contentHash('')).toBe('47DEQpj8HBSa-_TImW-5JC');
  });
});

describe('hashOfAll', () => {
  it.each([
    { when: 'the border between parts moves', a: ['ab', 'c'], b: ['a', 'bc'] },
    { when: 'the order changes', a: ['a', 'b'], b: ['b', 'a'] },
    { when: 'a part is empty', a: ['a'], b: ['a', ''] },
    { when: 'a part looks like two', a: ['a1:b'], b: ['a', 'b'] },
  ])('differs when $when', ({ a, b }) => {
    expect(hashOfAll(a)).not.toBe(hashOfAll(b));
  });
});
