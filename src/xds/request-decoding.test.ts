import { describe, expect, it } from 'vitest';
import { encodeMessage } from '../gen/codec.ts';
import { NameSet } from './name-set.ts';
import { decodeDeltaRequest, decodeSotwRequest } from './request-decoding.ts';
import { CLUSTER_TYPE } from './type-url.ts';

const MANY = Array.from({ length: 200 }, (_, i) => `outbound|80||service-${i}.default.svc.cluster.local`);

describe('decodeSotwRequest', () => {
  it('reads every field', () => {
    const request = decodeSotwRequest(
      encodeMessage('envoy.service.discovery.v3.DiscoveryRequest', {
        version_info: 'v',
        node: { id: 'n' },
        resource_names: ['a', 'b'],
        type_url: CLUSTER_TYPE,
        response_nonce: 'nonce',
        error_detail: { code: 13, message: 'no' },
      }),
    );
    const { names, node, ...rest } = request;
    expect(rest).toEqual({
      protocol: 'sotw',
      version: 'v',
      typeUrl: CLUSTER_TYPE,
      responseNonce: 'nonce',
      refusal: { code: 13, message: 'no' },
    });
    expect(names.toSet()).toBe(NameSet.of(['a', 'b']));
    expect(node).toEqual(encodeMessage('envoy.config.core.v3.Node', { id: 'n' }));
  });

  it('reads an empty request', () => {
    const { names, ...rest } = decodeSotwRequest(Buffer.alloc(0));
    expect(rest).toEqual({
      protocol: 'sotw',
      version: '',
      typeUrl: '',
      responseNonce: '',
      refusal: undefined,
      node: undefined,
    });
    expect(names.isEmpty).toBe(true);
  });

  it.each([
    { what: 'few names', names: ['b', 'a'] },
    { what: 'many names', names: MANY },
    { what: 'many names in another order', names: [...MANY].reverse() },
  ])('recognises $what that come again', ({ names }) => {
    const bytes = encodeMessage('envoy.service.discovery.v3.DiscoveryRequest', { resource_names: names });
    const expected = NameSet.of([...names].sort());
    expect(decodeSotwRequest(bytes).names.toSet()).toBe(expected);
    expect(decodeSotwRequest(Buffer.from(bytes)).names.toSet()).toBe(expected);
  });

  it('reads names that do not lie together', () => {
    const part = (names: readonly string[], type_url?: string) =>
      encodeMessage('envoy.service.discovery.v3.DiscoveryRequest', { resource_names: names, type_url });
    const bytes = Buffer.concat([part(['a', 'b'], CLUSTER_TYPE), part(['c'])]);
    expect(decodeSotwRequest(bytes).names.toSet()).toBe(NameSet.of(['a', 'b', 'c']));
  });

  it.each([
    { what: 'is cut off', bytes: [0x22, 0x05, 0x61] },
    { what: 'has an endless number', bytes: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff] },
  ])('throws when the message $what', ({ bytes }) => {
    expect(() => decodeSotwRequest(Buffer.from(bytes))).toThrow();
  });
});

describe('decodeDeltaRequest', () => {
  it('reads every field', () => {
    const request = decodeDeltaRequest(
      encodeMessage('envoy.service.discovery.v3.DeltaDiscoveryRequest', {
        node: { id: 'n' },
        type_url: CLUSTER_TYPE,
        resource_names_subscribe: ['a', 'b'],
        resource_names_unsubscribe: ['c'],
        initial_resource_versions: { a: '1', x: '2' },
        response_nonce: 'nonce',
        error_detail: { code: 3, message: 'no' },
      }),
    );
    const { subscribe, unsubscribe, node, ...rest } = request;
    expect(rest).toEqual({
      protocol: 'delta',
      typeUrl: CLUSTER_TYPE,
      responseNonce: 'nonce',
      refusal: { code: 3, message: 'no' },
      initialVersions: new Map([
        ['a', '1'],
        ['x', '2'],
      ]),
    });
    expect(subscribe.toSet()).toBe(NameSet.of(['a', 'b']));
    expect(unsubscribe.toSet()).toBe(NameSet.of(['c']));
    expect(node).toEqual(encodeMessage('envoy.config.core.v3.Node', { id: 'n' }));
  });
});
