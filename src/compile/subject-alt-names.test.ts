import { expect, it } from 'vitest';
import { matchAnyName } from './subject-alt-names.ts';

it('asks for no name when none is given', () => {
  expect(matchAnyName([])).toEqual({});
});

it.each([
  ['spiffe://cluster.local/ns/default/sa/a', 'URI'],
  ['www.example.com', 'DNS'],
  ['10.0.0.1', 'IP_ADDRESS'],
  ['::1', 'IP_ADDRESS'],
  ['someone@example.com', 'EMAIL'],
])('matches %s as a name of type %s', (exact, san_type) => {
  expect(matchAnyName([exact])).toEqual({ match_typed_subject_alt_names: [{ san_type, matcher: { exact } }] });
});
