import fc from 'fast-check';
import protobuf from 'protobufjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadProtos } from '../../tools/gen/load.ts';
import { readMessage } from './decode.ts';
import { writeMessage } from './encode.ts';
import { type FieldType, getMessageType, MessageType, type ValueType } from './message-type.ts';
import { decodePlain, encodePlain } from './plain.ts';
import { WireReader } from './wire-reader.ts';
import { WireWriter } from './wire-writer.ts';

const scalarValues: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  double: fc.double({ noNaN: true }),
  float: fc.float({ noNaN: true }),
  int32: fc.integer(),
  uint32: fc.nat(0xffff_ffff),
  sint32: fc.integer(),
  fixed32: fc.nat(0xffff_ffff),
  sfixed32: fc.integer(),
  int64: fc.oneof(fc.maxSafeInteger(), fc.bigInt(-(1n << 63n), -(1n << 60n)).map(String)),
  uint64: fc.oneof(fc.maxSafeNat(), fc.bigInt(1n << 60n, (1n << 64n) - 1n).map(String)),
  sint64: fc.oneof(fc.maxSafeInteger(), fc.bigInt(-(1n << 63n), -(1n << 60n)).map(String)),
  fixed64: fc.oneof(fc.maxSafeNat(), fc.bigInt(1n << 60n, (1n << 64n) - 1n).map(String)),
  sfixed64: fc.oneof(fc.maxSafeInteger(), fc.bigInt(-(1n << 63n), -(1n << 60n)).map(String)),
  bool: fc.boolean(),
  string: fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.string({ minLength: 100, maxLength: 300 })),
  bytes: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
};

const never = fc.constant(undefined);

function valueOf(type: ValueType, depth: number): fc.Arbitrary<unknown> {
  if (type.kind === 'message') return messageOf(type.type, depth - 1);
  if (type.kind === 'enum') return fc.constantFrom(...new Set(type.type.names.values()));
  return scalarValues[type.name] ?? never;
}

function fieldOf(field: FieldType, depth: number): fc.Arbitrary<unknown> {
  const value = valueOf(field.value, depth);
  if (field.rule === 'map')
    return fc.dictionary(fc.string({ minLength: 1 }), value, { minKeys: 1, maxKeys: 2, noNullPrototype: true });
  if (field.rule === 'repeated' || field.rule === 'packed') return fc.array(value, { minLength: 1, maxLength: 3 });
  return value;
}

function onePerOneof(fields: readonly FieldType[]): readonly FieldType[] {
  return fields.filter(
    (field, i) => field.oneof === undefined || fields.findIndex((other) => other.oneof === field.oneof) === i,
  );
}

/** Some fields of the message; nested messages end at the depth. */
function messageOf(type: MessageType, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const fields = [...type.fields.values()].filter((field) => depth > 0 || field.value.kind !== 'message');
  if (type.name === 'google.protobuf.Any') return fc.constant({ type_url: 'x/y', value: Buffer.from('z') });
  return fc
    .subarray(fields, { maxLength: Math.min(6, fields.length) })
    .map(onePerOneof)
    .chain((some) =>
      fc.record(Object.fromEntries(some.map((field) => [field.name, fieldOf(field, depth)])), {
        noNullPrototype: true,
      }),
    );
}

describe("protobufjs, which others' programs agree with, reads what we write and writes it the same way", () => {
  let root: protobuf.Root;
  beforeAll(() => {
    root = loadProtos(process.cwd());
  });

  it.each([
    'envoy.config.cluster.v3.Cluster',
    'envoy.config.listener.v3.Listener',
    'envoy.config.route.v3.RouteConfiguration',
    'envoy.config.endpoint.v3.ClusterLoadAssignment',
    'envoy.config.bootstrap.v3.Bootstrap',
    'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
    'envoy.service.discovery.v3.DeltaDiscoveryRequest',
    'google.protobuf.Struct',
    'istio.v1.auth.IstioCertificateRequest',
  ])('%s', (name) => {
    const theirs = root.lookupType(name);
    fc.assert(
      fc.property(messageOf(getMessageType(name), 3), (message) => {
        const bytes = encodePlain(name, message);
        expect(Buffer.from(theirs.encode(theirs.decode(bytes)).finish()).equals(bytes)).toBe(true);
        expect(encodePlain(name, decodePlain(name, bytes)).equals(bytes)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });
});

describe('every scalar type, single, repeated, packed and as map key', () => {
  const scalars = Object.keys(scalarValues);
  const unpacked = (type: string) => type === 'string' || type === 'bytes';
  const keys = scalars.filter((type) => !['double', 'float', 'bytes'].includes(type));
  const source = [
    'syntax = "proto3"; message Test {',
    ...scalars.map((type, i) => `${type} single_${type} = ${i + 1}; repeated ${type} list_${type} = ${i + 21};`),
    ...keys.map((type, i) => `map<${type}, ${type}> map_${type} = ${i + 41};`),
    '}',
  ].join('\n');
  const theirs = protobuf.parse(source, { keepCase: true }).root.lookupType('Test');
  const ours = new MessageType('Test', [
    ...scalars.map((type, i) => [`single_${type}`, i + 1, type] as const),
    ...scalars.map((type, i) => [`list_${type}`, i + 21, type, unpacked(type) ? 'repeated' : 'packed'] as const),
    ...keys.map((type, i) => [`map_${type}`, i + 41, type, `map:${type}`] as const),
  ]);
  const encode = (message: object) => {
    const writer = new WireWriter();
    writeMessage(writer, ours, message);
    return writer.finish();
  };
  const decode = (bytes: Buffer) => readMessage(new WireReader(bytes), ours, bytes.length);
  const entries = fc.record(
    Object.fromEntries(
      keys.map((type) => [
        `map_${type}`,
        fc
          .tuple(scalarValues[type] ?? never, scalarValues[type] ?? never)
          .map(([key, value]) => Object.fromEntries([[String(key), value]])),
      ]),
    ),
    { noNullPrototype: true },
  );
  const values = fc.record(
    Object.fromEntries(
      scalars.flatMap((type) => [
        [`single_${type}`, scalarValues[type] ?? never],
        [`list_${type}`, fc.array(scalarValues[type] ?? never)],
      ]),
    ),
    { noNullPrototype: true },
  );

  it('agrees with protobufjs', () => {
    fc.assert(
      fc.property(values, entries, (some, maps) => {
        const bytes = encode({ ...some, ...maps });
        expect(Buffer.from(theirs.encode(theirs.decode(bytes)).finish()).equals(bytes)).toBe(true);
        expect(encode(decode(bytes)).equals(bytes)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('reads lists that were not packed, as older writers send them', () => {
    expect(decode(Buffer.concat([encode({ list_int32: [1] }), Buffer.from('b80102b80103', 'hex')]))).toEqual({
      list_int32: [1, 2, 3],
    });
  });

  it.each([
    { message: { single_int64: '9223372036854775808' }, text: 'a 64-bit integer' },
    { message: { single_uint64: -1 }, text: 'an unsigned 64-bit integer' },
    { message: { single_uint64: '1.5' }, text: 'an unsigned 64-bit integer' },
    { message: { single_bool: 1 }, text: 'true or false' },
    { message: { single_bytes: 'text' }, text: 'bytes' },
    { message: { single_double: '1' }, text: 'a number' },
    { message: { map_uint32: { x: 1 } }, text: 'an unsigned 32-bit integer' },
  ])('refuses what is not $text', ({ message, text }) => {
    expect(() => encode(message)).toThrow(`expected ${text}`);
  });
});
