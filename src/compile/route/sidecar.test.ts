import { describe, expect, it } from 'vitest';
import { rule, to } from '../../../test/support/http-rule.ts';
import { proxyClass } from '../../../test/support/mesh.ts';
import { service, sidecar, virtualService } from '../../../test/support/model.ts';
import {
  compile,
  E,
  echo,
  http,
  hostsOf,
  other,
  port,
  ROUTE_CONFIGURATION,
  routeNamesOf,
  routesOf,
} from '../../../test/support/sidecar-routes.ts';
import { decodeMessage, encodeMessage, toJson } from '../../gen/codec.ts';
import type { EgressListener } from '../../model/sidecar.ts';
import { CompileCache } from '../cache.ts';

const egress = (rest: Partial<EgressListener>): EgressListener => ({
  captureMode: 'default',
  hosts: [{ namespace: '*', host: '*', not: false }],
  ...rest,
});

describe('compileSidecarRoutes', () => {
  it('sends requests for a service to its cluster, and others where they meant to go', () => {
    const [resource] = compile({ services: [echo] }).resources;
    expect(resource && toJson(ROUTE_CONFIGURATION, resource.bytes)).toEqual({
      name: '7070',
      virtual_hosts: [
        {
          name: `${E}:7070`,
          domains: [E, `${E}.`, 'echo', 'echo.default.svc', 'echo.default', '10.96.0.10'],
          routes: [
            {
              name: 'default',
              match: { prefix: '/' },
              decorator: { operation: `${E}:7070/*` },
              route: {
                cluster: `outbound|7070||${E}`,
                timeout: '0s',
                max_stream_duration: { grpc_timeout_header_max: '0s' },
                retry_policy: {
                  num_retries: 2,
                  retry_on: 'connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes',
                  host_selection_retry_max_attempts: '5',
                  retry_host_predicate: [
                    {
                      name: 'envoy.retry_host_predicates.previous_hosts',
                      typed_config: {
                        '@type':
                          'type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate',
                      },
                    },
                  ],
                },
              },
            },
          ],
          include_request_attempt_count: true,
        },
        {
          name: 'allow_any',
          domains: ['*'],
          routes: [
            {
              name: 'allow_any',
              match: { prefix: '/' },
              route: {
                cluster: 'PassthroughCluster',
                timeout: '0s',
                max_stream_duration: { grpc_timeout_header_max: '0s' },
              },
            },
          ],
          include_request_attempt_count: true,
        },
      ],
      validate_clusters: false,
      max_direct_response_body_size_bytes: 1_048_576,
      ignore_port_in_host_matching: true,
    });
  });

  it('has a configuration per HTTP port, and one per sniffed service with an address', () => {
    const { resources, notes } = compile({ services: [echo, other] });
    expect(resources.map((r) => [r.name, r.origins])).toEqual([
      ['7070', ['Service/default/echo']],
      ['80', ['Service/default/echo', 'Service/other/other']],
      [`${E}:9100`, ['Service/default/echo']],
    ]);
    expect(notes).toEqual([]);
  });

  it('gives a sniffed service one virtual host for every host, and nothing behind it', () => {
    expect(routeNamesOf({ services: [echo] }, `${E}:9100`)).toEqual({ [`${E}:9100`]: ['default'] });
    expect(hostsOf({ services: [echo] }, `${E}:9100`)).toEqual({ [`${E}:9100`]: ['*'] });
  });

  it('encodes what it splices together exactly as if it were one message', () => {
    for (const { bytes } of compile({ services: [echo, other] }).resources) {
      expect(encodeMessage(ROUTE_CONFIGURATION, decodeMessage(ROUTE_CONFIGURATION, bytes))).toEqual(bytes);
    }
  });
});

describe('what nobody declared', () => {
  it.each([
    {
      policy: { mode: 'registry-only' },
      expected: { name: 'block_all', match: { prefix: '/' }, direct_response: { status: 502 } },
    },
    {
      policy: { mode: 'allow-any-dynamic-dns' },
      expected: {
        name: 'allow_any_dynamic_dns',
        match: { prefix: '/' },
        route: {
          cluster: 'AllowAnyDynamicDNSCluster',
          timeout: {},
          max_stream_duration: { grpc_timeout_header_max: {} },
          append_x_forwarded_host: true,
        },
      },
    },
    {
      policy: { mode: 'allow-any', egressProxy: { host: 'exit.default.svc.cluster.local', port: 8080, subset: 'v1' } },
      expected: {
        name: 'allow_any',
        match: { prefix: '/' },
        route: {
          cluster: 'outbound|8080|v1|exit.default.svc.cluster.local',
          timeout: {},
          max_stream_duration: { grpc_timeout_header_max: {} },
          append_x_forwarded_host: true,
        },
      },
    },
  ] as const)("goes by the Sidecar's policy $policy", ({ policy, expected }) => {
    const { proxyConfig } = proxyClass();
    const proxyHeaders = { ...proxyConfig.proxyHeaders, attemptCountDisabled: true, xForwardedHost: true };
    const proxy = { proxyConfig: { ...proxyConfig, proxyHeaders } };
    const given = { services: [echo], sidecar: sidecar('default', 's', { outboundTrafficPolicy: policy }), proxy };
    const { name } = expected;
    expect(routesOf(given, '80').virtual_hosts?.at(-1)).toEqual({ name, domains: ['*'], routes: [expected] });
    expect(compile(given).resources[0]?.origins).toEqual(['Service/default/echo', 'Sidecar/default/s']);
  });
});

describe('egress listeners of a Sidecar', () => {
  const one = (listener: EgressListener) => sidecar('default', 's', { egress: [listener] });

  it.each([
    { of: 'an HTTP port', listener: egress({ port: { ...http(80) } }), expected: ['80'] },
    { of: 'a TCP port', listener: egress({ port: port(80, 'tcp') }), expected: [] },
    { of: 'a port that no service has', listener: egress({ port: http(81) }), expected: [] },
    { of: 'a sniffed port', listener: egress({ port: port(9100, 'auto') }), expected: [`${E}:9100`] },
    {
      of: 'a sniffed port on every address',
      listener: egress({ port: port(9100, 'auto'), bind: '0.0.0.0' }),
      expected: ['9100'],
    },
    { of: 'a socket', listener: egress({ port: http(0), bind: 'unix:///e.sock' }), expected: ['unix:///e.sock'] },
    { of: 'a proxy port', listener: egress({ port: port(7777, 'http_proxy'), bind: '127.0.0.1' }), expected: ['7777'] },
    {
      of: 'everything, bound for real',
      listener: egress({ captureMode: 'none' }),
      expected: ['7070', '80', `${E}:9100`],
    },
  ])('have the routes of $of', ({ listener, expected }) => {
    const { resources } = compile({ services: [echo, other], sidecar: one(listener) });
    expect(resources.map((r) => r.name)).toEqual(expected);
  });

  it('let the first that declares a port say who is seen on it', () => {
    const declared = egress({ port: http(80), hosts: [{ namespace: 'other', host: '*', not: false }] });
    const given = { services: [echo, other], sidecar: sidecar('default', 's', { egress: [declared, egress({})] }) };
    expect(Object.keys(hostsOf(given, '80'))).toEqual(['other.other.svc.cluster.local:80']);
    expect(Object.keys(hostsOf(given, '7070'))).toEqual([`${E}:7070`]);
  });

  it('put the port into the domains where one serves all ports', () => {
    const listener = egress({
      port: port(7777, 'http_proxy'),
      bind: '127.0.0.1',
      hosts: [{ namespace: 'other', host: '*', not: false }],
    });
    const given = { services: [echo, other], sidecar: one(listener) };
    expect(hostsOf(given, '7777')['other.other.svc.cluster.local:80']).toContain('other.other:80');
    expect(routesOf(given, '7777').ignore_port_in_host_matching).toBeUndefined();
  });
});

describe('a change', () => {
  const services = Array.from({ length: 40 }, (_, i) => service('default', `s${i}`, { addresses: [`10.0.1.${i}`] }));
  const routedTo = (host: string) =>
    virtualService('default', 'v', { hosts: [host], http: [rule({ action: to(host) })] });
  const host = 's7.default.svc.cluster.local';

  it('of nothing gives the identical resources', () => {
    const cache = new CompileCache();
    const given = { services, virtualServices: [routedTo(host)] };
    const [first] = compile(given, cache).resources;
    expect(compile(given, cache).resources[0]).toBe(first);
  });

  it('of one VirtualService compiles its routes and virtual host, and splices one configuration', () => {
    const cache = new CompileCache();
    compile({ services, virtualServices: [routedTo(host)] }, cache);
    const before = cache.counts.misses;
    compile({ services, virtualServices: [routedTo(host)] }, cache);
    // Routes, virtual host, the list of changed hosts, the block they are in, the list of blocks, the configuration twice; and as the rules
    // are other ones, which services hash.
    expect(cache.counts.misses - before).toBe(9);
  });

  it('reaches clients of other namespaces without compiling a virtual host again', () => {
    const cache = new CompileCache();
    compile({ services, proxy: { namespace: 'a', dnsDomain: 'a.svc.cluster.local' } }, cache);
    const before = cache.counts.misses;
    compile({ services, proxy: { namespace: 'b', dnsDomain: 'b.svc.cluster.local' } }, cache);
    // Two views of the proxy, who follows the port, a piece of its entries, which services hash, and the configuration in its blocks.
    expect(cache.counts.misses - before).toBe(8);
  });
});
