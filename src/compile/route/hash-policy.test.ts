import { describe, expect, it } from 'vitest';
import { destinationRule } from '../../../test/support/model.ts';
import type { EffectiveRule } from '../../model/effective-rule.ts';
import type { ConsistentHash, TrafficPolicy } from '../../model/traffic-policy.ts';
import { compileHashPolicy, findDestinationHash, findServiceHash } from './hash-policy.ts';

const ring = { kind: 'ring-hash' } as const;
const byHeader = (name: string): ConsistentHash => ({ key: { kind: 'header', name }, algorithm: ring });
const policy = (header: string | undefined, atPort?: string): TrafficPolicy => ({
  ...(header && { loadBalancer: { consistentHash: byHeader(header) } }),
  portLevel: new Map(atPort ? [[80, { loadBalancer: { consistentHash: byHeader(atPort) } }]] : []),
});
const effective = (trafficPolicy: TrafficPolicy, subset: TrafficPolicy): EffectiveRule => ({
  sources: [destinationRule('default', 'echo')],
  host: 'echo',
  trafficPolicy,
  subsets: [{ name: 'v1', labels: {}, trafficPolicy: subset }],
});

describe('compileHashPolicy', () => {
  it.each([
    { key: { kind: 'header', name: 'x' }, expected: { header: { header_name: 'x' } } },
    { key: { kind: 'source-ip' }, expected: { connection_properties: { source_ip: true } } },
    { key: { kind: 'query-parameter', name: 'q' }, expected: { query_parameter: { name: 'q' } } },
    { key: { kind: 'cookie', cookie: { name: 'c' } }, expected: { cookie: { name: 'c' } } },
    {
      key: {
        kind: 'cookie',
        cookie: { name: 'c', ttlMs: 0, path: '/p', attributes: [{ name: 'SameSite', value: 'Lax' }] },
      },
      expected: {
        cookie: { name: 'c', ttl: { seconds: 0 }, path: '/p', attributes: [{ name: 'SameSite', value: 'Lax' }] },
      },
    },
  ] as const)('hashes by $key', ({ key, expected }) => {
    expect(compileHashPolicy({ key, algorithm: ring })).toEqual(expected);
  });
});

describe('findDestinationHash', () => {
  it.each([
    {
      when: 'the subset has one for the port',
      rule: effective(policy('top', 'port'), policy('subset', 'subset-port')),
      port: 80,
      expected: 'subset-port',
    },
    {
      when: 'the destination names no port',
      rule: effective(policy('top', 'port'), policy('subset', 'subset-port')),
      port: undefined,
      expected: 'subset',
    },
    {
      when: 'only the rule has some',
      rule: effective(policy('top', 'port'), policy(undefined)),
      port: 80,
      expected: 'port',
    },
    { when: 'the port has none', rule: effective(policy('top', 'port'), policy(undefined)), port: 81, expected: 'top' },
    { when: 'nothing has', rule: effective(policy(undefined), policy(undefined)), port: 80, expected: undefined },
  ])('when $when', ({ rule, port, expected }) => {
    const destination = { host: 'echo', subset: 'v1', ...(port && { port }) };
    expect(findDestinationHash(rule, destination)).toEqual(expected && byHeader(expected));
  });
});

describe('findServiceHash', () => {
  it.each([
    { port: 80, expected: byHeader('port') },
    { port: 81, expected: byHeader('top') },
  ])('finds the hash of port $port', ({ port, expected }) => {
    expect(findServiceHash(effective(policy('top', 'port'), policy('subset')), port)).toEqual(expected);
  });
});
