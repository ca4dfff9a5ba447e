import { describe, expect, it } from 'vitest';
import { NameSet } from './name-set.ts';
import {
  adjustSubscription,
  openSubscription,
  replaceSubscription,
  type Subscription,
  toSubscription,
} from './subscription.ts';

function names(text: string): NameSet {
  return NameSet.of(text.split(' ').filter((name) => name !== ''));
}

function show({ subscription, wanted, wantsAll }: ReturnType<typeof replaceSubscription>) {
  return {
    subscribed: [...(subscription.wildcard ? ['*'] : []), ...[...subscription.names].sort()].join(' '),
    wanted: [...(wantsAll ? ['*'] : []), ...[...wanted].sort()].join(' '),
  };
}

describe('replaceSubscription', () => {
  it.each([
    { when: 'a wildcard type begins without names', first: '', named: false, subscribed: '*', wanted: '*' },
    { when: 'a type with names begins without', first: '', named: true, subscribed: '', wanted: '' },
    { when: 'it begins with names', first: 'a b', named: false, subscribed: 'a b', wanted: 'a b' },
    { when: 'it begins with the explicit wildcard', first: '*', named: true, subscribed: '*', wanted: '*' },
    { when: 'the wildcard goes with names', first: '* a', named: false, subscribed: '* a', wanted: '* a' },
    { when: 'names are added', first: 'a', second: 'a b', named: true, subscribed: 'a b', wanted: 'b' },
    { when: 'names are dropped', first: 'a b', second: 'a', named: true, subscribed: 'a', wanted: '' },
    { when: 'the wildcard of old goes on', first: '', second: '', named: false, subscribed: '*', wanted: '' },
    { when: 'all names are dropped', first: 'a', second: '', named: false, subscribed: '', wanted: '' },
    { when: 'the explicit wildcard is dropped', first: '*', second: '', named: false, subscribed: '', wanted: '' },
    { when: 'the wildcard is added', first: 'a', second: '* a', named: false, subscribed: '* a', wanted: '*' },
  ])('when $when', ({ first, second, named, subscribed, wanted }) => {
    const begun = replaceSubscription(undefined, names(first), named);
    const change = second === undefined ? begun : replaceSubscription(begun.subscription, names(second), named);
    expect(show(change)).toEqual({ subscribed, wanted });
  });
});

describe('openSubscription', () => {
  it.each([
    { when: 'nothing is said of a wildcard type', subscribe: '', named: false, subscribed: '*', wanted: '*' },
    { when: 'nothing is said of a type with names', subscribe: '', named: true, subscribed: '', wanted: '' },
    { when: 'names are given', subscribe: 'a', named: false, subscribed: 'a', wanted: 'a' },
    { when: 'names are held', subscribe: 'a', held: ['b'], named: true, subscribed: 'a b', wanted: 'a b' },
    { when: 'a wildcard type is held', subscribe: '', held: ['b'], named: false, subscribed: '*', wanted: '*' },
    { when: 'nothing is wanted yet', subscribe: '*', unsubscribe: '*', named: false, subscribed: '', wanted: '' },
    { when: 'the wildcard is explicit', subscribe: '* a', named: true, subscribed: '* a', wanted: '* a' },
  ])('when $when', ({ subscribe, unsubscribe = '', held = [], named, subscribed, wanted }) => {
    const lists = { subscribe: names(subscribe), unsubscribe: names(unsubscribe) };
    expect(show(openSubscription(lists, held, named))).toEqual({ subscribed, wanted });
  });
});

describe('adjustSubscription', () => {
  it.each([
    { when: 'names are added', before: 'a', subscribe: 'b', subscribed: 'a b', wanted: 'b' },
    { when: 'a name is subscribed again', before: 'a', subscribe: 'a', subscribed: 'a', wanted: 'a' },
    { when: 'names are dropped', before: 'a b', unsubscribe: 'b', subscribed: 'a', wanted: '' },
    { when: 'a name is exchanged', before: 'a', subscribe: 'b', unsubscribe: 'a', subscribed: 'b', wanted: 'b' },
    { when: 'the wildcard comes', before: 'a', subscribe: '*', subscribed: '* a', wanted: '*' },
    { when: 'the wildcard comes again', before: '*', subscribe: '*', subscribed: '*', wanted: '' },
    { when: 'the wildcard goes', before: '* a', unsubscribe: '*', subscribed: 'a', wanted: '' },
    { when: 'a name goes and the wildcard stays', before: '* a', unsubscribe: 'a', subscribed: '*', wanted: 'a' },
  ])('when $when', ({ before, subscribe = '', unsubscribe = '', subscribed, wanted }) => {
    const from: Subscription = toSubscription(names(before));
    const lists = { subscribe: names(subscribe), unsubscribe: names(unsubscribe) };
    expect(show(adjustSubscription(from, lists))).toEqual({ subscribed, wanted });
  });
});
