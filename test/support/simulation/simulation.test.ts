import { describe, expect, it } from 'vitest';
import type {
  envoy_config_listener_v3_FilterChainMatch as FilterChainMatch,
  envoy_config_listener_v3_Listener as Listener,
  envoy_config_route_v3_RouteMatch as RouteMatch,
} from '../../../src/gen/messages.ts';
import type { Connection } from './connection.ts';
import { findChain } from './find-chain.ts';
import { toHttpRequest } from './http-request.ts';
import { findRoute } from './route-match.ts';
import { substitute } from './string-match.ts';
import { findVirtualHost } from './virtual-host.ts';

describe('findVirtualHost', () => {
  const host = (name: string, ...domains: string[]) => ({ name, domains });
  const virtual_hosts = [
    host('all', '*'),
    host('exact', 'a.example.com'),
    host('wide', '*.example.com'),
    host('narrow', '*.b.example.com'),
    host('prefix', 'www.*'),
    host('port', 'c.com:81'),
  ];

  it.each([
    { authority: 'a.example.com', ignoresPort: false, found: 'exact' },
    { authority: 'A.Example.com', ignoresPort: false, found: 'exact' },
    { authority: 'a.example.com:80', ignoresPort: true, found: 'exact' },
    { authority: 'a.example.com:80', ignoresPort: false, found: 'all' },
    { authority: 'x.example.com', ignoresPort: false, found: 'wide' },
    { authority: 'x.b.example.com', ignoresPort: false, found: 'narrow' },
    { authority: 'www.org', ignoresPort: false, found: 'prefix' },
    { authority: 'c.com:81', ignoresPort: false, found: 'port' },
    { authority: 'elsewhere', ignoresPort: false, found: 'all' },
  ])('takes $found for $authority', ({ authority, ignoresPort, found }) => {
    const config = { virtual_hosts, ignore_port_in_host_matching: ignoresPort };
    expect(findVirtualHost(config, authority)?.name).toBe(found);
  });
});

describe('findRoute', () => {
  const takes = (match: RouteMatch, url: string, headers: Record<string, string> = {}) =>
    findRoute({ routes: [{ match }] }, toHttpRequest(new URL(url), { headers })) !== undefined;

  it.each<{ match: RouteMatch; url: string; taken: boolean }>([
    { match: { path_separated_prefix: '/a' }, url: 'http://h/a/b', taken: true },
    { match: { path_separated_prefix: '/a' }, url: 'http://h/ab', taken: false },
    { match: { safe_regex: { regex: '/a' } }, url: 'http://h/ab', taken: false },
    { match: { path: '/a' }, url: 'http://h/a?q', taken: true },
    { match: { prefix: '/A', case_sensitive: {} }, url: 'http://h/ab', taken: true },
    { match: { prefix: '/A' }, url: 'http://h/ab', taken: false },
    { match: { prefix: '/', query_parameters: [{ name: 'q', present_match: true }] }, url: 'http://h/', taken: false },
  ])('decides on $url by $match', ({ match, url, taken }) => {
    expect(takes(match, url)).toBe(taken);
  });

  it.each([
    { sent: {}, taken: true },
    { sent: { x: 'b' }, taken: true },
    { sent: { x: 'a' }, taken: false },
  ])('takes a header that is missing for empty where it is told to: $sent', ({ sent, taken }) => {
    const header = { name: 'x', string_match: { exact: 'a' }, invert_match: true, treat_missing_header_as_empty: true };
    expect(takes({ prefix: '/', headers: [header] }, 'http://h/', sent)).toBe(taken);
  });
});

describe('findChain', () => {
  const inspectors = [
    { name: 'envoy.filters.listener.tls_inspector' },
    { name: 'envoy.filters.listener.http_inspector' },
  ];
  const listener = (matches: Record<string, FilterChainMatch>, rest: Listener = {}): Listener => ({
    name: 'l',
    listener_filters: inspectors,
    filter_chains: Object.entries(matches).map(([name, filter_chain_match]) => ({ name, filter_chain_match })),
    default_filter_chain: { name: 'default' },
    ...rest,
  });
  const range = (address_prefix: string, value: number) => ({ address_prefix, prefix_len: { value } });
  const to: Connection = { address: '10.1.2.3', port: 80 };

  it('prefers the longest range', () => {
    const l = listener({
      wide: { prefix_ranges: [range('10.0.0.0', 8)] },
      narrow: { prefix_ranges: [range('10.1.2.0', 24)] },
    });
    expect(findChain(l, to)?.name).toBe('narrow');
  });

  it('prefers a whole name to a wildcard', () => {
    const l = listener({ wild: { server_names: ['*.a.com'] }, exact: { server_names: ['x.a.com'] } });
    const names = ['x.a.com', 'y.a.com', 'a.com'].map((sni) => findChain(l, { ...to, tls: { sni, alpn: [] } })?.name);
    expect(names).toEqual(['exact', 'wild', 'default']);
  });

  it('knows nothing of TLS without an inspector', () => {
    const l = listener({ tls: { transport_protocol: 'tls' } }, { listener_filters: [] });
    expect(findChain(l, { ...to, tls: { sni: 'a', alpn: [] } })?.name).toBe('default');
  });

  it('never goes back from a step that fitted', () => {
    const l = listener({
      port: { destination_port: { value: 80 }, application_protocols: ['http/1.1'] },
      any: { transport_protocol: 'raw_buffer' },
    });
    expect(findChain(l, to)?.name).toBe('default');
    expect(findChain(l, { ...to, plaintext: 'http/1.1' })?.name).toBe('port');
  });
});

describe('substitute', () => {
  it.each([
    { pattern: '^/([^/]+)/(.*)$', text: '/a/b', by: '/\\2/\\1', result: '/b/a' },
    { pattern: 'a', text: 'banana', by: '$', result: 'b$n$n$' },
  ])('replaces $pattern in $text', ({ pattern, text, by, result }) => {
    expect(substitute(pattern, text, by)).toBe(result);
  });
});
