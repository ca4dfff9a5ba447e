import { describe, expect, it } from 'vitest';
import { boundVisibility, type EntryVisibility } from './entry-visibility.ts';
import { INVISIBLE, PRIVATE, PUBLIC, type Visibility } from './visibility.ts';

const BOUNDS: EntryVisibility = {
  fallback: 'namespace',
  policies: [
    { bound: 'public', selectors: [{ matchLabels: { team: 'a' } }, { matchLabels: { may: 'yes' } }] },
    { bound: 'none', selectors: [{ matchLabels: { team: 'b' } }] },
    { bound: 'public', selectors: [{ matchLabels: { team: 'b' } }] },
  ],
};
const OTHERS: Visibility = { kind: 'namespaces', namespaces: new Set(['x']) };

describe('boundVisibility', () => {
  it.each([
    { labels: { team: 'a', may: 'yes' }, declared: PUBLIC, bound: PUBLIC },
    { labels: { team: 'a', may: 'yes' }, declared: OTHERS, bound: OTHERS },
    { labels: { team: 'a' }, declared: PUBLIC, bound: PRIVATE },
    { labels: {}, declared: PRIVATE, bound: PRIVATE },
    { labels: {}, declared: OTHERS, bound: INVISIBLE },
    { labels: { team: 'b' }, declared: PUBLIC, bound: INVISIBLE },
  ])('makes $bound.kind of $declared.kind in a namespace with $labels', ({ labels, declared, bound }) => {
    expect(boundVisibility(declared, 'own', labels, BOUNDS)).toEqual(bound);
  });

  it('takes a policy without selectors for one that matches all', () => {
    const all: EntryVisibility = { fallback: 'public', policies: [{ bound: 'none', selectors: [] }] };
    expect(boundVisibility(PUBLIC, 'own', {}, all)).toBe(INVISIBLE);
  });
});
