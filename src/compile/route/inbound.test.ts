import { describe, expect, it } from 'vitest';
import { compileInboundRouteConfiguration } from './inbound.ts';

const none = { seconds: 0 };
const expected = (operation: string, cluster: string, retry: object) => ({
  name: 'default',
  match: { prefix: '/' },
  decorator: { operation },
  route: {
    cluster,
    timeout: none,
    max_stream_duration: { max_stream_duration: none, grpc_timeout_header_max: none },
    ...retry,
  },
});
const retry_policy = { retry_on: 'reset-before-request', num_retries: { value: 2 } };

describe('compileInboundRouteConfiguration', () => {
  it.each([
    {
      of: 'an HTTP port',
      given: { cluster: 'inbound|8080||', host: 'foo.bar', port: 80, protocol: 'http' },
      name: 'inbound|http|80',
      route: expected('foo.bar:80/*', 'inbound|8080||', { retry_policy }),
    },
    {
      of: 'a gRPC port, which is not retried',
      given: { cluster: 'inbound|7070||', host: 'foo.bar', port: 7070, protocol: 'grpc' },
      name: 'inbound|http|7070',
      route: expected('foo.bar:7070/*', 'inbound|7070||', {}),
    },
    {
      of: 'ports that no service has',
      given: { cluster: 'InboundPassthroughCluster', host: '', port: 0, protocol: 'auto' },
      name: 'inbound|http|0',
      route: expected(':0/*', 'InboundPassthroughCluster', { retry_policy }),
    },
    {
      of: 'a mesh that does not retry',
      given: { cluster: 'inbound|8080||', host: 'foo.bar', port: 80, protocol: 'http', retries: { attempts: 0 } },
      name: 'inbound|http|80',
      route: expected('foo.bar:80/*', 'inbound|8080||', {}),
    },
  ] as const)('compiles the routes of $of', ({ given, name, route }) => {
    expect(compileInboundRouteConfiguration(given)).toEqual({
      name: given.cluster,
      virtual_hosts: [{ name, domains: ['*'], routes: [route] }],
      validate_clusters: { value: false },
    });
  });
});
