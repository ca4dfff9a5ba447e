import { describe, expect, it } from 'vitest';
import { messageOf, messageToJson } from './codec.ts';
import { parseForeignJson } from './json-foreign.ts';

const FILTER = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter';
const BUFFER = 'type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer';
const STRUCT = 'type.googleapis.com/xds.type.v3.TypedStruct';

function read(json: object) {
  const { message, unknown } = parseForeignJson(FILTER, json);
  const parts = unknown.map(({ kind, path, isKept }) => `${kind} ${path.join('.')} ${isKept ? 'kept' : 'left out'}`);
  return { json: messageToJson(FILTER, messageOf(FILTER, message)), parts };
}

describe('parseForeignJson', () => {
  it.each([
    {
      when: 'everything is known, in either case',
      json: { name: 'a', typedConfig: { '@type': BUFFER, maxRequestBytes: 5 }, is_optional: true },
      read: { name: 'a', typed_config: { '@type': BUFFER, max_request_bytes: 5 }, is_optional: true },
      parts: [],
    },
    {
      when: 'a field is unknown',
      json: { name: 'a', newer: { x: 1 } },
      read: { name: 'a' },
      parts: ['field newer left out'],
    },
    {
      when: 'a type is unknown',
      json: { name: 'a', typed_config: { '@type': 'type.googleapis.com/envoy.newer.v3.N', x: [1, { y: null }] } },
      read: {
        name: 'a',
        typed_config: {
          '@type': STRUCT,
          type_url: 'type.googleapis.com/envoy.newer.v3.N',
          value: { x: [1, { y: null }] },
        },
      },
      parts: ['type typed_config.@type kept'],
    },
    {
      when: 'a known type has an unknown field',
      json: { name: 'a', typed_config: { '@type': BUFFER, max_request_bytes: 5, newer: true } },
      read: {
        name: 'a',
        typed_config: { '@type': STRUCT, type_url: BUFFER, value: { max_request_bytes: 5, newer: true } },
      },
      parts: ['field typed_config.newer kept'],
    },
    {
      when: 'the user wrote the structure',
      json: { name: 'a', typed_config: { '@type': STRUCT, type_url: 'x/y.Z', value: { a: 1 } } },
      read: { name: 'a', typed_config: { '@type': STRUCT, type_url: 'x/y.Z', value: { a: 1 } } },
      parts: [],
    },
  ])('when $when', ({ json, read: message, parts }) => {
    expect(read(json)).toEqual({ json: message, parts });
  });

  it.each([
    { when: 'a value is of another type', json: { is_optional: 'x' }, path: ['is_optional'] },
    { when: 'an Any has no type', json: { typed_config: {} }, path: ['typed_config'] },
    {
      when: 'a value inside an Any is of another type',
      json: { typed_config: { '@type': BUFFER, max_request_bytes: 'many' } },
      path: ['typed_config', 'max_request_bytes'],
    },
    {
      when: 'a value beside an unknown field is of another type',
      json: { typed_config: { '@type': BUFFER, max_request_bytes: 'many', newer: 1 } },
      path: ['typed_config', 'max_request_bytes'],
    },
    {
      when: 'two members of a oneof are set',
      json: { typed_config: { '@type': BUFFER }, config_discovery: {} },
      path: ['config_discovery'],
    },
  ])('throws when $when', ({ json, path }) => {
    expect(() => parseForeignJson(FILTER, json)).toThrow(expect.objectContaining({ path }));
  });
});
