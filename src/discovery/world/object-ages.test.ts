import { describe, expect, it } from 'vitest';
import { objectKey } from '../../model/object.ts';
import { ObjectAges } from './object-ages.ts';

const [a, b, c] = ['a', 'b', 'c'].map((name) => objectKey('Gateway', 'default', name));

describe('ObjectAges', () => {
  it('are those of the turns in which objects were first seen, even if the clock stands still or goes back', () => {
    if (!a || !b || !c) throw new Error('three keys');
    const ages = new ObjectAges();
    ages.begin(5000);
    expect(ages.of(b)).toBe(0);
    ages.begin(7000);
    expect([ages.of(a), ages.of(b)]).toEqual([7000, 0]);
    ages.begin(6000);
    expect([ages.of(c), ages.of(a)]).toEqual([7001, 7000]);
    ages.forget(b);
    expect(ages.of(b)).toBe(7001);
  });
});
