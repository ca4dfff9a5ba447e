import { describe, expect, it } from 'vitest';
import { objectKey } from '../../model/object.ts';
import type { Suspect } from './suspects.ts';
import { listSuspects } from './suspects.ts';

const key = (name: string) => objectKey('VirtualService', 'shop', name);
const resource = (name: string, ...origins: string[]) => ({
  name,
  version: '1',
  bytes: Buffer.alloc(0),
  origins: origins.map(key),
});

function suspects(
  ...list: readonly [name: string, changedAt: number, text: string][]
): (key: string) => Suspect | undefined {
  const byKey = new Map<string, Suspect>(
    list.map(([name, changedAt, text]) => [key(name), { key: key(name), changedAt, text }]),
  );
  return (k) => byKey.get(k);
}

describe('listSuspects', () => {
  it.each([
    {
      when: 'the message quotes what one of them wrote',
      message: "Invalid regex '(a+)+': too big",
      resources: [resource('80', 'a', 'b')],
      known: suspects(['a', 9, 'other'], ['b', 1, 'uri: (a+)+']),
      order: ['b', 'a'],
    },
    {
      when: 'nothing is quoted, the one that changed last',
      message: 'no healthy reason',
      resources: [resource('80', 'a', 'b')],
      known: suspects(['a', 1, ''], ['b', 2, '']),
      order: ['b', 'a'],
    },
    {
      when: 'they changed together, the most specific',
      message: 'no',
      resources: [resource('80', 'a', 'b')],
      known: suspects(['a', 1, ''], ['b', 1, '']),
      order: ['a', 'b'],
    },
    {
      when: 'the message names one of several resources',
      message: 'Error adding/updating cluster(s) outbound|80||b: bad',
      resources: [resource('outbound|80||a', 'a'), resource('outbound|80||b', 'b')],
      known: suspects(['a', 5, ''], ['b', 1, '']),
      order: ['b'],
    },
    {
      when: 'an origin is no object of ours, it is left out',
      message: 'bad',
      resources: [resource('80', 'gone')],
      known: suspects(),
      order: [],
    },
  ])('puts first, when $when', ({ message, resources, known, order }) => {
    expect(listSuspects({ message, resources }, known).map((s) => s.key)).toEqual(order.map(key));
  });
});
