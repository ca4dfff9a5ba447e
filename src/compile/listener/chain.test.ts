import { describe, expect, it } from 'vitest';
import { type ChainMatch, isMatchAll, MATCH_ALL, normalizeMatch, toFilterChainMatch } from './chain.ts';

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
    {
      when: 'a range is every address of IPv6, which says nothing of IPv4',
      written: { subnets: ['10.0.0.0/8', '::/0'] },
      normal: { subnets: ['10.0.0.0/8', '::/0'] },
    },
    {
      when: 'ranges are every address of both families',
      written: { subnets: ['::/0', '0.0.0.0/0'] },
      normal: {},
    },
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
