import { describe, expect, it } from 'vitest';
import type { envoy_config_listener_v3_FilterChain } from '../../gen/messages.ts';
import { compilePortInspectors } from './inspectors.ts';

type Match = NonNullable<envoy_config_listener_v3_FilterChain['filter_chain_match']>;

const tls = (port: number): Match => ({ destination_port: { value: port }, transport_protocol: 'tls' });
const http = (port: number): Match => ({
  destination_port: { value: port },
  application_protocols: ['http/1.1', 'h2c'],
});
const plain = (port: number): Match => ({ destination_port: { value: port } });
const ANY_TLS: Match = { transport_protocol: 'tls' };
const ANY_HTTP: Match = { application_protocols: ['http/1.1', 'h2c'] };

const range = (port: number) => ({ destination_port_range: { start: port, end: port + 1 } });
const anyOf = (...ports: number[]) => ({ or_match: { rules: ports.map(range) } });

describe('compilePortInspectors', () => {
  it.each<{ when: string; matches: Match[]; filters: [name: string, off: unknown][] }>([
    { when: 'no chain asks', matches: [plain(15006), {}], filters: [] },
    {
      when: 'chains of any port ask for both',
      matches: [plain(15006), ANY_TLS, ANY_HTTP],
      filters: [
        ['tls_inspector', range(15006)],
        ['http_inspector', range(15006)],
      ],
    },
    {
      when: 'every port must be TLS',
      matches: [plain(15006), ANY_TLS, tls(80), tls(70)],
      filters: [['tls_inspector', range(15006)]],
    },
    {
      when: 'one port asks for TLS, and others do not',
      matches: [plain(15006), {}, tls(80), plain(70)],
      filters: [['tls_inspector', { not_match: range(80) }]],
    },
    {
      when: 'two ports ask for TLS',
      matches: [{}, tls(80), tls(70)],
      filters: [['tls_inspector', { not_match: anyOf(70, 80) }]],
    },
    {
      when: 'only some ports are sniffed, undeclared ones not',
      matches: [{}, http(81), plain(80)],
      filters: [['http_inspector', anyOf(0, 80)]],
    },
    {
      when: 'every chain asks',
      matches: [ANY_TLS, tls(80)],
      filters: [['tls_inspector', undefined]],
    },
    {
      when: 'one chain of a port asks, another does not',
      matches: [ANY_TLS, ANY_HTTP, tls(80), http(80), plain(80)],
      filters: [
        ['tls_inspector', undefined],
        ['http_inspector', undefined],
      ],
    },
  ])('switches them off where nothing needs them when $when', ({ matches, filters }) => {
    const compiled = compilePortInspectors(matches.map((filter_chain_match) => ({ filter_chain_match })));
    expect(
      compiled.map(({ name, filter_disabled }) => [name?.replace('envoy.filters.listener.', ''), filter_disabled]),
    ).toEqual(filters);
  });
});
