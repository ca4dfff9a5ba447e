import { describe, expect, it } from 'vitest';
import { inboundListeners, listenerFilter, outline } from '../../../test/support/listeners.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { service, sidecar } from '../../../test/support/model.ts';
import { inboundScope, type ProxyOptions } from '../../../test/support/scopes.ts';
import type { Protocol } from '../../model/protocol.ts';
import type { ServicePort } from '../../model/service.ts';
import type { IngressListener } from '../../model/sidecar.ts';

const port = (number: number, protocol: Protocol, rest: Partial<ServicePort> = {}): ServicePort => ({
  name: `${protocol}-${number}`,
  number,
  protocol,
  ...rest,
});
const web = (...ports: ServicePort[]) => service('default', 'web', { ports });
const three = web(port(70, 'tcp'), port(80, 'http'), port(81, 'auto'));
const NO_IDENTITY: ProxyOptions = { capabilities: { identity: 'none' } };

const MESH = 'application_protocols:[istio,istio-peer-exchange,istio-http/1.0,istio-http/1.1,istio-h2]';
const MESH_HTTP = 'application_protocols:[istio-http/1.0,istio-http/1.1,istio-h2]';
const PLAIN_HTTP = 'transport_protocol:raw_buffer,application_protocols:[http/1.1,h2c]';

const virtual = (scope: ReturnType<typeof inboundScope>, proxy: ProxyOptions = {}) =>
  inboundListeners(scope, proxy).listeners.virtualInbound;

describe('virtualInbound', () => {
  it('takes captured connections', () => {
    const { filter_chains, listener_filters, ...listener } = virtual(inboundScope([])) ?? {};
    expect(filter_chains?.map(({ name }) => name)).toEqual([
      'virtualInbound-blackhole',
      'virtualInbound-catchall-http',
      'virtualInbound-catchall-http',
      'virtualInbound',
      'virtualInbound',
      'virtualInbound',
    ]);
    expect(listener_filters).toEqual([
      listenerFilter('original_dst', 'OriginalDst'),
      {
        ...listenerFilter('tls_inspector', 'TlsInspector', { initial_read_buffer_size: 512 }),
        filter_disabled: ports(15006),
      },
      { ...listenerFilter('http_inspector', 'HttpInspector'), filter_disabled: ports(15006) },
    ]);
    expect(listener).toEqual({
      name: 'virtualInbound',
      address: { socket_address: { address: '0.0.0.0', port_value: 15006 } },
      traffic_direction: 'INBOUND',
      listener_filters_timeout: '0s',
      continue_on_listener_filters_timeout: true,
      max_connections_to_accept_per_socket_event: 1,
    });
  });

  it('passes on what nothing declares, in both forms', () => {
    expect(outline(virtual(inboundScope([])))).toEqual([
      '{destination_port:15006} -> tcp(BlackHoleCluster)',
      `{transport_protocol:tls,${MESH_HTTP}} -> TLS http(inline InboundPassthroughCluster)`,
      `{${PLAIN_HTTP}} -> http(inline InboundPassthroughCluster)`,
      '{transport_protocol:tls,application_protocols:[istio-peer-exchange,istio]} -> TLS tcp(InboundPassthroughCluster)',
      '{transport_protocol:raw_buffer} -> tcp(InboundPassthroughCluster)',
      '{transport_protocol:tls} -> tcp(InboundPassthroughCluster)',
    ]);
  });

  it('passes on plaintext only, where the proxy has no identity', () => {
    expect(outline(virtual(inboundScope([three]), NO_IDENTITY))).toEqual([
      '{destination_port:15006} -> tcp(BlackHoleCluster)',
      `{${PLAIN_HTTP}} -> http(inline InboundPassthroughCluster)`,
      '{transport_protocol:raw_buffer} -> tcp(InboundPassthroughCluster)',
      '{destination_port:70,transport_protocol:raw_buffer} -> tcp(inbound|70||)',
      '{destination_port:80,transport_protocol:raw_buffer} -> http(inline inbound|80||)',
      `{destination_port:81,${PLAIN_HTTP}} -> http(inline inbound|81||)`,
      '{destination_port:81,transport_protocol:raw_buffer} -> tcp(inbound|81||)',
    ]);
  });

  it('has chains for each port in ascending order', () => {
    const target = (name: string, number: number, targetPort: number) =>
      service('default', name, { ports: [port(number, 'http', { targetPort })] });
    const chains = virtual(inboundScope([target('b', 80, 9090), target('a', 81, 8080)]))?.filter_chains ?? [];
    expect(chains.slice(6).map(({ name }) => name)).toEqual([
      '0.0.0.0_8080',
      '0.0.0.0_8080',
      '0.0.0.0_9090',
      '0.0.0.0_9090',
    ]);
  });

  it('switches inspectors off where no chain asks', () => {
    const filters = virtual(inboundScope([three]))?.listener_filters ?? [];
    expect(filters.map((filter) => filter.filter_disabled)).toEqual([
      undefined,
      ports(15006),
      { or_match: { rules: [ports(70), ports(80), ports(15006)] } },
    ]);
    const plain = virtual(inboundScope([three]), NO_IDENTITY)?.listener_filters ?? [];
    expect(plain.map(({ name, filter_disabled }) => [name, filter_disabled])).toEqual([
      ['envoy.filters.listener.original_dst', undefined],
      ['envoy.filters.listener.http_inspector', { or_match: { rules: [ports(70), ports(80), ports(15006)] } }],
    ]);
  });

  it('is transparent for TPROXY, and keeps the address of the client', () => {
    const listener = virtual(inboundScope([]), { interception: 'TPROXY' });
    expect(listener?.transparent).toBe(true);
    expect(listener?.listener_filters?.[1]).toEqual(listenerFilter('original_src', 'OriginalSrc', { mark: 1337 }));
  });

  it('balances and waits as it is told', () => {
    const scope = inboundScope([], { mesh: meshConfig({ protocolDetectionTimeoutMs: 100 }) });
    expect(virtual(scope, { settings: { inboundExactBalance: true } })).toMatchObject({
      connection_balance_config: { exact_balance: {} },
      listener_filters_timeout: '0.100s',
    });
  });

  it('logs connections that no chain took', () => {
    const scope = inboundScope([], {
      mesh: meshConfig({ accessLog: { file: '/var/log/access', encoding: 'TEXT', format: 'x' } }),
    });
    expect(virtual(scope)?.access_log).toEqual([
      {
        name: 'envoy.access_loggers.file',
        filter: { response_flag_filter: { flags: ['NR'] } },
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog',
          path: '/var/log/access',
          log_format: { text_format_source: { inline_string: 'x\n' } },
        },
      },
    ]);
  });

  it('leaves ports of the proxy itself alone', () => {
    const scope = inboundScope([web(port(15021, 'http'), port(15090, 'tcp'), port(15006, 'http'), port(80, 'http'))]);
    expect(outline(virtual(scope)).filter((line) => line.includes('inbound|'))).toHaveLength(2);
  });

  it('is not there without capture, and services have no listener then', () => {
    expect(inboundListeners(inboundScope([three]), { interception: 'NONE' }).resources).toEqual([]);
  });
});

describe('several services on one port', () => {
  const old = service('default', 'old', { ports: [port(80, 'http')] });
  const late = (protocol: Protocol) => service('default', 'late', { ports: [port(80, protocol)] });

  it('are served as the oldest says', () => {
    const { listeners, notes } = inboundListeners(inboundScope([old, late('http')]), NO_IDENTITY);
    expect(outline(listeners.virtualInbound).slice(3)).toEqual([
      '{destination_port:80,transport_protocol:raw_buffer} -> http(inline inbound|80||)',
    ]);
    expect(notes).toEqual([]);
  });

  it('are told about when they disagree', () => {
    const because = 'port 80 of the workload is served as http for old.default.svc.cluster.local';
    expect(inboundListeners(inboundScope([old, late('tcp')])).notes).toEqual([
      {
        object: 'Service/default/late',
        code: 'INBOUND_PROTOCOL_CONFLICT',
        message: `${because}, which is older; late.default.svc.cluster.local declares tcp`,
        fate: { kind: 'partly-applied', because },
      },
    ]);
  });
});

describe('ingress listeners of a Sidecar', () => {
  const scope = (...ingress: Partial<IngressListener>[]) =>
    inboundScope([three], {
      ownAddresses: ['1.1.1.1'],
      sidecar: sidecar('default', 's', {
        ingress: ingress.map((listener) => ({ port: port(9080, 'http'), captureMode: 'default', ...listener })),
      }),
    });

  it('replace the ports of services', () => {
    const lines = outline(virtual(scope({}), NO_IDENTITY)).slice(3);
    expect(lines).toEqual(['{destination_port:9080,transport_protocol:raw_buffer} -> http(inline inbound|9080||)']);
  });

  it('bind a port of their own when they capture nothing', () => {
    const { listeners, resources } = inboundListeners(scope({ captureMode: 'none' }));
    expect(resources.map(({ name, origins }) => [name, origins])).toEqual([
      ['virtualInbound', []],
      ['1.1.1.1_9080', ['Sidecar/default/s']],
    ]);
    const listener = listeners['1.1.1.1_9080'];
    expect(listener?.address).toEqual({ socket_address: { address: '1.1.1.1', port_value: 9080 } });
    expect(listener?.listener_filters).toEqual([
      {
        ...listenerFilter('tls_inspector', 'TlsInspector', { initial_read_buffer_size: 512 }),
        filter_disabled: { not_match: ports(9080) },
      },
    ]);
    expect(outline(listener)).toEqual([
      `{destination_port:9080,transport_protocol:tls,${MESH}} -> TLS http(inline inbound|9080||)`,
      '{destination_port:9080,transport_protocol:raw_buffer} -> http(inline inbound|9080||)',
    ]);
    expect(listener?.filter_chains.map(({ metadata }) => metadata)).toEqual([
      { filter_metadata: { istio: { config: '/apis/networking.istio.io/v1/namespaces/default/sidecar/s' } } },
      { filter_metadata: { istio: { config: '/apis/networking.istio.io/v1/namespaces/default/sidecar/s' } } },
    ]);
  });

  it('are all that a proxy without capture listens on', () => {
    const { resources } = inboundListeners(scope({ bind: '127.0.0.2' }), { interception: 'NONE' });
    expect(resources.map(({ name }) => name)).toEqual(['127.0.0.2_9080']);
  });

  it('end TLS of their own where the mesh does not', () => {
    const tls = {
      mode: 'simple',
      certificate: { kind: 'files', pairs: [{ certificate: '/c.pem', privateKey: '/k.pem' }] },
      subjectAltNames: [],
      verifyCertificateSpki: [],
      verifyCertificateHash: [],
      minVersion: 'TLS_AUTO',
      maxVersion: 'TLS_AUTO',
      cipherSuites: [],
      insecureSkipVerify: false,
    } as const;
    const declared = scope({ port: port(9443, 'https'), tls });
    expect(outline(virtual(declared, NO_IDENTITY)).slice(3)).toEqual([
      '{destination_port:9443,transport_protocol:tls} -> TLS http(inline inbound|9443||)',
    ]);
    const { notes, listeners } = inboundListeners(declared);
    expect(notes.map(({ code }) => code)).toEqual(['SIDECAR_TLS_IGNORED']);
    expect(outline(listeners.virtualInbound).at(-1)).toContain('tcp(inbound|9443||)');
  });
});

function ports(port: number) {
  return { destination_port_range: { start: port, end: port + 1 } };
}
