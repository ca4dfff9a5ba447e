import { describe, expect, it } from 'vitest';
import { objectKey } from '../../model/object.ts';
import { type Chain, type ChainMatch, isMatchAll, MATCH_ALL, normalizeMatch, toFilterChainMatch } from './chain.ts';
import { placeChains } from './chain-placement.ts';

const match = (rest: Partial<ChainMatch>): ChainMatch => ({ ...MATCH_ALL, ...rest });

describe('normalizeMatch', () => {
  it.each<{ when: string; written: Partial<ChainMatch>; normal: Partial<ChainMatch> | undefined }>([
    { when: 'nothing is said', written: {}, normal: {} },
    {
      when: 'names come in any order and case',
      written: { serverNames: ['b', 'A', 'b'] },
      normal: { serverNames: ['a', 'b'] },
    },
    { when: 'one name is every name', written: { serverNames: ['a', '*'] }, normal: {} },
    { when: 'a wildcard stands for labels', written: { serverNames: ['*.a.b'] }, normal: { serverNames: ['*.a.b'] } },
    {
      when: 'a wildcard stands for half a label',
      written: { serverNames: ['*-v1.a', 'b'] },
      normal: { serverNames: ['b'] },
    },
    { when: 'no name can be matched', written: { serverNames: ['*-v1.a'] }, normal: undefined },
    {
      when: 'ranges are not masked',
      written: { subnets: ['10.2.3.4/8', '10.0.0.0/8', '1.2.3.4'] },
      normal: { subnets: ['1.2.3.4/32', '10.0.0.0/8'] },
    },
    { when: 'a range is every address', written: { subnets: ['10.0.0.0/8', '0.0.0.0/0'] }, normal: {} },
    { when: 'an address is none', written: { subnets: ['0.0.0.0'] }, normal: {} },
    { when: 'no range can be matched', written: { subnets: ['db.example.com'] }, normal: undefined },
  ])('has one form when $when', ({ written, normal }) => {
    expect(normalizeMatch(match(written))).toEqual(normal && match(normal));
  });
});

describe('toFilterChainMatch', () => {
  it('writes nothing for a chain that takes everything', () => {
    expect([isMatchAll(MATCH_ALL), toFilterChainMatch(MATCH_ALL)]).toEqual([true, undefined]);
  });

  it('writes every criterion', () => {
    const all = match({
      serverNames: ['a'],
      subnets: ['10.0.0.0/8', '2001:db8::/32'],
      transportProtocol: 'tls',
      applicationProtocols: ['istio'],
    });
    expect(toFilterChainMatch(all)).toEqual({
      prefix_ranges: [
        { address_prefix: '10.0.0.0', prefix_len: { value: 8 } },
        { address_prefix: '2001:db8::', prefix_len: { value: 32 } },
      ],
      server_names: ['a'],
      transport_protocol: 'tls',
      application_protocols: ['istio'],
    });
  });
});

describe('placeChains', () => {
  const owner = objectKey('VirtualService', 'default', 'v');
  const chain = (rest: Partial<ChainMatch>): Chain => ({ match: match(rest), body: {}, owner, origins: [] });
  const place = (...matches: Partial<ChainMatch>[]) => placeChains(matches.map(chain), 'l');

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
    expect(result.notes.map(({ object, code }) => [object, code])).toEqual(codes.map((code) => [owner, code]));
  });
});
