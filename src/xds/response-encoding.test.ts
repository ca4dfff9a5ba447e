import { describe, expect, it } from 'vitest';
import { decodeMessage } from '../gen/codec.ts';
import { encodeResponse, spliceResponse, toBuffer, toGrpcMessage } from './response-encoding.ts';
import { resource, resourceSet } from './testing.ts';
import { CLUSTER_TYPE } from './type-url.ts';

const sets = [resourceSet(CLUSTER_TYPE, { a: 'one', 'größe|b': 'two' }), resourceSet(CLUSTER_TYPE, { c: '' })];
const bodies = sets.map((set) => set.all);
const envelope = { typeUrl: CLUSTER_TYPE, version: 'v', nonce: 'n' };

function any(content: string) {
  return { type_url: CLUSTER_TYPE, value: Buffer.from(content) };
}

describe('encodeResponse', () => {
  it.each(['first', 'second', 'third'])('gives a state-of-the-world response, also the %s time', () => {
    const bytes = encodeResponse({ ...envelope, protocol: 'sotw', removed: [] }, bodies);
    expect(decodeMessage('envoy.service.discovery.v3.DiscoveryResponse', bytes)).toEqual({
      version_info: 'v',
      type_url: CLUSTER_TYPE,
      nonce: 'n',
      resources: [any('one'), any('two'), any('')],
    });
  });

  it.each(['first', 'second', 'third'])('gives a delta response, also the %s time', () => {
    const bytes = encodeResponse({ ...envelope, protocol: 'delta', removed: ['x', 'ü'] }, bodies);
    const entry = (name: string, content: string) => {
      return { name, version: resource(name, content).version, resource: any(content) };
    };
    expect(decodeMessage('envoy.service.discovery.v3.DeltaDiscoveryResponse', bytes)).toEqual({
      system_version_info: 'v',
      type_url: CLUSTER_TYPE,
      nonce: 'n',
      resources: [entry('a', 'one'), entry('größe|b', 'two'), entry('c', '')],
      removed_resources: ['x', 'ü'],
    });
  });

  it('gives a response without resources', () => {
    const bytes = encodeResponse({ ...envelope, protocol: 'sotw', removed: [] }, []);
    expect(decodeMessage('envoy.service.discovery.v3.DiscoveryResponse', bytes)).toEqual({
      version_info: 'v',
      type_url: CLUSTER_TYPE,
      nonce: 'n',
    });
  });
});

describe('toGrpcMessage', () => {
  it('copies itself as a buffer of the same bytes would', () => {
    const response = spliceResponse({ ...envelope, protocol: 'delta', removed: ['x'] }, bodies);
    const message = toGrpcMessage(response);
    const target = Buffer.alloc(message.byteLength + 5);
    expect(message.copy(target, 5)).toBe(response.length);
    expect(target.subarray(5)).toEqual(toBuffer(response));
  });
});
