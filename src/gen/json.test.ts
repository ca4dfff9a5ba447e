import { describe, expect, it } from 'vitest';
import { encodeMessage, fromJson, messageFromJson, messageToJson, packAny, toJson } from './codec.ts';

describe('toJson', () => {
  it('prints as config_dump does: snake case, every Any unpacked, well-known types plain', () => {
    const options = packAny('envoy.extensions.upstreams.http.v3.HttpProtocolOptions', {
      explicit_http_config: { http2_protocol_options: { max_concurrent_streams: { value: 100 } } },
    });
    const cluster = encodeMessage('envoy.config.cluster.v3.Cluster', {
      name: 'a',
      type: 'STATIC',
      connect_timeout: { seconds: 1, nanos: 500_000_000 },
      typed_extension_protocol_options: { http: options },
      metadata: {
        filter_metadata: { istio: { fields: { tags: { list_value: { values: [{ bool_value: true }, {}] } } } } },
      },
    });
    const any = encodeMessage('google.protobuf.Any', {
      type_url: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
      value: cluster,
    });
    expect(toJson('google.protobuf.Any', any)).toEqual({
      '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
      name: 'a',
      type: 'STATIC',
      connect_timeout: '1.500s',
      typed_extension_protocol_options: {
        http: {
          '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
          explicit_http_config: { http2_protocol_options: { max_concurrent_streams: 100 } },
        },
      },
      metadata: { filter_metadata: { istio: { tags: [true, null] } } },
    });
  });

  it.each([
    {
      what: 'of an unknown type',
      any: { type_url: 'x/unknown.Type', value: Buffer.from('z') },
      json: { '@type': 'x/unknown.Type', value: 'eg==' },
    },
    {
      what: 'of a type that its bytes are not',
      any: { type_url: 'type.googleapis.com/google.protobuf.Duration', value: Buffer.from([0xff]) },
      json: { '@type': 'type.googleapis.com/google.protobuf.Duration', value: '/w==' },
    },
    {
      what: 'of a type with a form of its own',
      any: packAny('google.protobuf.Duration', { seconds: 3 }),
      json: { '@type': 'type.googleapis.com/google.protobuf.Duration', value: '3s' },
    },
    { what: 'that is empty', any: { type_url: '', value: Buffer.alloc(0) }, json: { '@type': '', value: '' } },
  ])('prints an Any $what', ({ any, json }) => {
    expect(messageToJson('google.protobuf.Any', any)).toEqual(json);
  });
});

describe('a JSON form', () => {
  it.each([
    { type: 'google.protobuf.Duration', message: { seconds: 1, nanos: 1 }, json: '1.000000001s' },
    { type: 'google.protobuf.Duration', message: { seconds: -1, nanos: -250_000_000 }, json: '-1.250s' },
    { type: 'google.protobuf.Duration', message: {}, json: '0s' },
    {
      type: 'google.protobuf.Timestamp',
      message: { seconds: 1_767_225_600, nanos: 120_000 },
      json: '2026-01-01T00:00:00.000120Z',
    },
    { type: 'google.protobuf.FieldMask', message: { paths: ['a.b_c', 'd'] }, json: 'a.bC,d' },
    { type: 'google.protobuf.BoolValue', message: { value: true }, json: true },
    { type: 'google.protobuf.UInt64Value', message: { value: '18446744073709551615' }, json: '18446744073709551615' },
    { type: 'google.protobuf.BytesValue', message: { value: Buffer.from('hi') }, json: 'aGk=' },
    { type: 'google.protobuf.Value', message: { null_value: 'NULL_VALUE' }, json: null },
    { type: 'google.protobuf.Value', message: { number_value: 0 }, json: 0 },
    {
      type: 'google.protobuf.Struct',
      message: {
        fields: { a: { struct_value: { fields: {} } }, b: { list_value: { values: [{ string_value: '' }] } } },
      },
      json: { a: {}, b: [''] },
    },
    {
      type: 'envoy.type.v3.DoubleRange',
      message: { start: Number.NEGATIVE_INFINITY, end: 1.5 },
      json: { start: '-Infinity', end: 1.5 },
    },
    {
      type: 'xds.type.v3.TypedStruct',
      message: { type_url: 't', value: { fields: { a: { number_value: 1 } } } },
      json: { type_url: 't', value: { a: 1 } },
    },
  ] as const)('of $type is $json, both ways', ({ type, message, json }) => {
    expect(messageToJson(type, message)).toEqual(json);
    expect(messageFromJson(type, json)).toEqual(message);
  });

  it.each([
    { type: 'google.protobuf.BoolValue', json: false },
    { type: 'google.protobuf.StringValue', json: '' },
    { type: 'google.protobuf.UInt32Value', json: 0 },
    { type: 'google.protobuf.Int64Value', json: '0' },
  ] as const)('of an empty $type is its default', ({ type, json }) => {
    expect(messageToJson(type, {})).toBe(json);
  });
});

describe('fromJson', () => {
  it('takes camel case, quoted numbers, null for absent, times in any zone, and an Any in an Any', () => {
    const json = {
      connectTimeout: '0.25s',
      lbPolicy: null,
      per_connection_buffer_limit_bytes: '32768',
      transportSocket: {
        name: 'tls',
        typedConfig: {
          '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
          sni: 'a',
        },
      },
    };
    expect(toJson('envoy.config.cluster.v3.Cluster', fromJson('envoy.config.cluster.v3.Cluster', json))).toEqual({
      connect_timeout: '0.250s',
      per_connection_buffer_limit_bytes: 32768,
      transport_socket: {
        name: 'tls',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext',
          sni: 'a',
        },
      },
    });
    expect(messageFromJson('google.protobuf.Timestamp', '2026-01-01T02:00:00+02:00')).toEqual({
      seconds: 1_767_225_600,
    });
  });

  it.each([
    { json: { nam: 'a' }, text: 'nam: envoy.config.cluster.v3.Cluster has no such field' },
    { json: { connect_timeout: '1 s' }, text: 'connect_timeout: expected a duration such as "1.5s", got "1 s"' },
    {
      json: { lb_policy: 'ROUND' },
      text: 'lb_policy: expected a value of envoy.config.cluster.v3.Cluster.LbPolicy, got "ROUND"',
    },
    { json: { health_checks: 'x' }, text: 'health_checks: expected a list, got "x"' },
    {
      json: { per_connection_buffer_limit_bytes: 'many' },
      text: 'per_connection_buffer_limit_bytes: expected a number, got "many"',
    },
    { json: { transport_socket: { typed_config: {} } }, text: 'transport_socket.typed_config: an Any needs "@type"' },
    {
      json: { transport_socket: { typed_config: { '@type': 'x/y.Z' } } },
      text: 'transport_socket.typed_config: no message type y.Z',
    },
    {
      json: { metadata: { filter_metadata: { a: [] } } },
      text: 'metadata.filter_metadata.a: expected an object, got a list',
    },
    { json: 'text', text: 'expected an object, got "text"' },
  ])('says where and what: $text', ({ json, text }) => {
    expect(() => fromJson('envoy.config.cluster.v3.Cluster', json)).toThrow(text);
  });
});
