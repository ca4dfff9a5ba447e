import { describe, expect, it } from 'vitest';
import type { CompiledResource } from '../../compile/resource.ts';
import { objectKey } from '../../model/object.ts';
import { CLUSTER_TYPE } from '../../xds/type-url.ts';
import { SetKeeper } from './set-keeper.ts';

const resource = (name: string, version: string, origin = 'a'): CompiledResource => ({
  name,
  version,
  bytes: Buffer.from(version),
  origins: [objectKey('VirtualService', 'shop', origin)],
});

describe('SetKeeper', () => {
  it.each([
    { when: 'the resources are equal', next: [resource('x', '1')], same: true },
    { when: 'a version differs', next: [resource('x', '2')], same: false },
    { when: 'a resource is new', next: [resource('x', '1'), resource('y', '1')], same: false },
    { when: 'another object shapes it', next: [resource('x', '1', 'b')], same: false },
    { when: 'nothing is left', next: [], same: false },
  ])('keeps the identity of a set: $same when $when', ({ next, same }) => {
    const keeper = new SetKeeper();
    const before = keeper.setOf('slot', CLUSTER_TYPE, [resource('x', '1')]);
    expect(keeper.setOf('slot', CLUSTER_TYPE, next) === before).toBe(same);
  });

  it('forgets slots that nobody asks for, and says which', () => {
    const keeper = new SetKeeper();
    keeper.setOf('gone', CLUSTER_TYPE, []);
    const forgotten = [1, 2, 3].map(() => {
      keeper.setOf('used', CLUSTER_TYPE, []);
      return keeper.advance();
    });
    expect(forgotten).toEqual([[], [], ['gone']]);
  });
});
