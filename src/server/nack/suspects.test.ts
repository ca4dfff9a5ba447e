import { describe, expect, it } from 'vitest';
import { objectKey } from '../../model/object.ts';
import type { Suspect } from './suspects.ts';
import { listSuspects } from './suspects.ts';

const key = (name: string) => objectKey('VirtualService', 'shop', name);
const patch = objectKey('EnvoyFilter', 'shop', 'patch');
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
      order: [key('b'), key('a')],
    },
    {
      when: 'nothing is quoted, the one that changed last',
      message: 'no healthy reason',
      resources: [resource('80', 'a', 'b')],
      known: suspects(['a', 1, ''], ['b', 2, '']),
      order: [key('b'), key('a')],
    },
    {
      when: 'they changed together, the most specific',
      message: 'no',
      resources: [resource('80', 'a', 'b')],
      known: suspects(['a', 1, ''], ['b', 1, '']),
      order: [key('a'), key('b')],
    },
    {
      when: 'the message names one of several resources',
      message: 'Error adding/updating cluster(s) outbound|80||b: bad',
      resources: [resource('outbound|80||a', 'a'), resource('outbound|80||b', 'b')],
      known: suspects(['a', 5, ''], ['b', 1, '']),
      order: [key('b')],
    },
    {
      when: 'an EnvoyFilter changed it, that one, whatever is quoted',
      message: "Invalid '(a+)+'",
      resources: [{ ...resource('80', 'a'), origins: [patch, key('a')] }],
      known: (k: string) => (k === patch ? { key: patch, changedAt: 1, text: '' } : suspects(['a', 9, '(a+)+'])(k)),
      order: [patch, key('a')],
    },
    {
      when: 'an origin is no object of ours, it is left out',
      message: 'bad',
      resources: [resource('80', 'gone')],
      known: suspects(),
      order: [],
    },
  ])('puts first, when $when', ({ message, resources, known, order }) => {
    expect(
      listSuspects({ message, resources }, known)
        .flat()
        .map((s) => s.key),
    ).toEqual(order);
  });
});
