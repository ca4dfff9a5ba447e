import { describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage, packAny, unpackAny, verifyMessage } from './codec.ts';
import { encodePlain } from './plain.ts';

const cluster = 'envoy.config.cluster.v3.Cluster';

describe('encodeMessage', () => {
  it('is undone by decodeMessage', () => {
    const message = {
      name: 'outbound|9080||reviews',
      type: 'EDS',
      connect_timeout: { seconds: 10 },
      circuit_breakers: { thresholds: [{ max_connections: { value: 4294967295 }, track_remaining: true }] },
      metadata: { filter_metadata: { istio: { fields: { 'odd "key"': { number_value: 1.5 } } } } },
    } as const;
    expect(decodeMessage(cluster, encodeMessage(cluster, message))).toEqual(message);
  });

  it('gives equal bytes whatever the order in which fields were set', () => {
    const a = encodeMessage(cluster, { name: 'a', type: 'EDS', lb_policy: 'RANDOM' });
    expect(encodeMessage(cluster, { lb_policy: 'RANDOM', type: 'EDS', name: 'a' })).toEqual(a);
  });

  it.each([
    { what: 'a default of implicit presence', message: { name: '', lb_policy: 'ROUND_ROBIN' }, hex: '' },
    { what: 'undefined', message: { name: undefined }, hex: '' },
    { what: 'a default inside a oneof', message: { type: 'STATIC' }, hex: '1000' },
    { what: 'an empty message', message: { connect_timeout: {} }, hex: '2200' },
  ])('writes $what as protobuf does', ({ message, hex }) => {
    expect(encodePlain(cluster, message).toString('hex')).toBe(hex);
  });

  it('is not disturbed by an error in the middle of an earlier message', () => {
    expect(() => encodePlain(cluster, { name: 'a', circuit_breakers: { thresholds: [{ odd: 1 }] } })).toThrow('odd');
    expect(decodeMessage(cluster, encodeMessage(cluster, { name: 'b' }))).toEqual({ name: 'b' });
  });

  it('grows beyond its first buffer, strings and nested messages moved whole', () => {
    const message = { inline_string: 'ä'.repeat(300_000) };
    const bytes = encodeMessage('envoy.config.core.v3.HealthCheck', { alt_port: { value: 1 } });
    expect(bytes.length).toBeLessThan(10);
    expect(
      decodeMessage('envoy.config.core.v3.DataSource', encodeMessage('envoy.config.core.v3.DataSource', message)),
    ).toEqual(message);
  });
});

describe('verifyMessage', () => {
  it.each([
    { message: { nam: 'a' }, text: `nam: ${cluster} has no such field` },
    { message: { lb_policy: 'ROUND' }, text: `lb_policy: expected a value of ${cluster}.LbPolicy, got "ROUND"` },
    { message: { name: 7 }, text: 'name: expected a string, got 7' },
    { message: { health_checks: {} }, text: 'health_checks: expected a list, got an object' },
    { message: { metadata: [] }, text: 'metadata: expected an object, got a list' },
    { message: { connect_timeout: { nanos: 0.5 } }, text: 'connect_timeout.nanos: expected a 32-bit integer, got 0.5' },
    {
      message: { circuit_breakers: { thresholds: [{}, { max_requests: { value: -1 } }] } },
      text: 'circuit_breakers.thresholds[1].max_requests.value: expected an unsigned 32-bit integer, got -1',
    },
    {
      message: { type: 'EDS', cluster_type: { name: 'custom' } },
      text: 'cluster_type: type is set too, and only one of cluster_discovery_type can be',
    },
    {
      message: { metadata: { filter_metadata: { istio: { field: {} } } } },
      text: 'metadata.filter_metadata.istio.field: google.protobuf.Struct has no such field',
    },
  ])('says where and what: $text', ({ message, text }) => {
    const odd: object = message;
    expect(() => verifyMessage(cluster, odd)).toThrow(text);
  });
});

describe('decodeMessage', () => {
  it.each([
    { what: 'bytes that end in a field', hex: '0a05' },
    { what: 'a varint without end', hex: '10ffffffffffffffffffff01' },
    { what: 'a wire type that does not exist', hex: '0f' },
    { what: "a wire type that is not the field's", hex: '0801' },
    { what: 'a nested message that reaches beyond its frame', hex: '220208ff01' },
  ])('refuses $what', ({ hex }) => {
    expect(() => decodeMessage(cluster, Buffer.from(hex, 'hex'))).toThrow(
      expect.objectContaining({ name: 'MessageError' }),
    );
  });

  it('refuses a stranger who nests without end', () => {
    // A list in a list in a list: Value.list_value = 6, ListValue.values = 1.
    let nested: Buffer = Buffer.alloc(0);
    for (let i = 0; i < 120; i++) {
      const list = Buffer.concat([Buffer.from([0x0a]), lengthOf(nested), nested]);
      nested = Buffer.concat([Buffer.from([0x32]), lengthOf(list), list]);
    }
    expect(() => decodeMessage('google.protobuf.Value', nested)).toThrow('nested deeper than 100');
  });

  it('keeps numbers of enum values that it does not know', () => {
    expect(decodeMessage(cluster, Buffer.from('3063', 'hex'))).toEqual({ lb_policy: 99 });
  });

  it('leaves out fields that it does not know', () => {
    const bytes = Buffer.from('0a0161 f0ff0701 fdff0701020304 faff07021234'.replaceAll(' ', ''), 'hex');
    expect(decodeMessage(cluster, bytes)).toEqual({ name: 'a' });
  });

  it('merges a message that comes in two pieces', () => {
    const bytes = Buffer.concat([
      encodeMessage(cluster, { connect_timeout: { seconds: 1 } }),
      encodeMessage(cluster, { connect_timeout: { nanos: 5 } }),
    ]);
    expect(decodeMessage(cluster, bytes)).toEqual({ connect_timeout: { seconds: 1, nanos: 5 } });
  });

  it('keeps the last member of a oneof', () => {
    const bytes = Buffer.concat([
      encodeMessage(cluster, { type: 'EDS' }),
      encodeMessage(cluster, { cluster_type: { name: 'a' } }),
    ]);
    expect(decodeMessage(cluster, bytes)).toEqual({ cluster_type: { name: 'a' } });
  });

  it('does not let a map key reach the prototype', () => {
    const bytes = encodePlain('google.protobuf.Struct', { fields: JSON.parse('{"__proto__": {"string_value": "x"}}') });
    const { fields = {} } = decodeMessage('google.protobuf.Struct', bytes);
    expect(Object.keys(fields)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
  });
});

describe('packAny', () => {
  it('is undone by unpackAny of the same type, and of no other', () => {
    const any = packAny('google.protobuf.Duration', { seconds: 1 });
    expect(any.type_url).toBe('type.googleapis.com/google.protobuf.Duration');
    expect(unpackAny('google.protobuf.Duration', any)).toEqual({ seconds: 1 });
    expect(unpackAny('google.protobuf.Timestamp', any)).toBeUndefined();
  });
});

function lengthOf(bytes: Buffer): Buffer {
  return bytes.length < 0x80
    ? Buffer.from([bytes.length])
    : Buffer.from([(bytes.length & 0x7f) | 0x80, bytes.length >> 7]);
}
