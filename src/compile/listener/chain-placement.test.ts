import { describe, expect, it } from 'vitest';
import { objectKey } from '../../model/object.ts';
import { type Chain, type ChainMatch, MATCH_ALL } from './chain.ts';
import { placeChains } from './chain-placement.ts';

const OLDER = objectKey('VirtualService', 'default', 'older');
const YOUNGER = objectKey('VirtualService', 'default', 'younger');

function match(rest: Partial<ChainMatch>): ChainMatch {
  return { ...MATCH_ALL, ...rest };
}

function chain(owner: Chain['owner'], serverNames: readonly string[], cluster: string): Chain {
  return { match: match({ serverNames }), body: { name: cluster }, ...(owner && { owner }), origins: [] };
}

describe('placeChains', () => {
  const place = (...matches: Partial<ChainMatch>[]) =>
    placeChains(
      matches.map((rest, i) => ({ match: match(rest), body: { name: `to ${i}` }, owner: OLDER, origins: [] })),
      'l',
    );

  it.each<{ when: string; chains: Partial<ChainMatch>[]; placed: Partial<ChainMatch>[]; codes: string[] }>([
    {
      when: 'nothing overlaps',
      chains: [{ serverNames: ['a'] }, { serverNames: ['b'] }],
      placed: [{ serverNames: ['a'] }, { serverNames: ['b'] }],
      codes: [],
    },
    {
      when: 'a later chain names one more',
      chains: [{ serverNames: ['a'] }, { serverNames: ['a', 'b'] }],
      placed: [{ serverNames: ['a'] }, { serverNames: ['b'] }],
      codes: ['LISTENER_CHAIN_CONFLICT'],
    },
    {
      when: 'a later chain has one more range',
      chains: [{ subnets: ['10.0.0.0/8'] }, { subnets: ['10.1.2.3/8', '11.0.0.0/8'] }],
      placed: [{ subnets: ['10.0.0.0/8'] }, { subnets: ['11.0.0.0/8'] }],
      codes: ['LISTENER_CHAIN_CONFLICT'],
    },
    {
      when: 'two take everything',
      chains: [{}, {}],
      placed: [{}],
      codes: ['LISTENER_CHAIN_CONFLICT'],
    },
    {
      when: 'the same name is for other ranges',
      chains: [
        { serverNames: ['a'], subnets: ['10.0.0.0/8'] },
        { serverNames: ['a'], subnets: ['11.0.0.0/8'] },
        { serverNames: ['a'] },
      ],
      placed: [
        { serverNames: ['a'], subnets: ['10.0.0.0/8'] },
        { serverNames: ['a'], subnets: ['11.0.0.0/8'] },
        { serverNames: ['a'] },
      ],
      codes: [],
    },
    {
      when: 'a name cannot be matched',
      chains: [{ serverNames: ['*x.y'] }],
      placed: [],
      codes: ['LISTENER_MATCH_IMPOSSIBLE'],
    },
  ])('gives each what the ones before left when $when', ({ chains, placed, codes }) => {
    const result = place(...chains);
    expect(result.chains.map((c) => c.match)).toEqual(placed.map(match));
    expect(result.notes.map(({ object, code }) => [object, code])).toEqual(codes.map((code) => [OLDER, code]));
  });

  it.each([
    {
      when: 'an older object has them',
      chains: [chain(OLDER, ['a', 'b'], 'a'), chain(YOUNGER, ['b'], 'b')],
      told: [YOUNGER],
    },
    {
      when: 'the same rule took them for another of its hosts',
      chains: [chain(OLDER, ['a', 'b'], 'a'), chain(OLDER, ['a', 'b'], 'a')],
      told: [],
    },
    {
      when: 'an earlier rule of the same object leads them elsewhere',
      chains: [chain(OLDER, ['a'], 'a'), chain(OLDER, ['a'], 'b')],
      told: [OLDER],
    },
    {
      when: 'nobody asked for the chain by itself',
      chains: [chain(OLDER, ['a'], 'a'), chain(undefined, ['a'], 'b')],
      told: [],
    },
  ])('tells owners of what they do not get when $when', ({ chains, told }) => {
    expect(placeChains(chains, 'l').notes.map(({ object }) => object)).toEqual(told);
  });
});
