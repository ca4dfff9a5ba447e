import { describe, expect, it } from 'vitest';
import { encodeMessage, fromJson } from '../gen/codec.ts';
import { decodeNode } from './node.ts';

const METADATA = {
  ISTIO_VERSION: '1.28.0',
  LABELS: { app: 'reviews', version: 'v1' },
  PORTS: [80, 'x', true, null, [1], { a: -1.5 }],
  EMPTY: {},
  NOTHING: null,
};

describe('decodeNode', () => {
  it('reads what Envoy says of itself', () => {
    const bytes = fromJson('envoy.config.core.v3.Node', {
      id: 'sidecar~10.0.0.1~a.b~b.svc.cluster.local',
      cluster: 'a.b',
      metadata: METADATA,
      locality: { region: 'r', zone: 'z', sub_zone: 's' },
      user_agent_name: 'envoy',
      user_agent_build_version: { version: { major_number: 1, minor_number: 40 }, metadata: { revision: 'x' } },
      extensions: [
        { name: 'envoy.filters.http.router', category: 'envoy.filters.http', type_urls: ['a.B'] },
        { name: 'envoy.filters.http.cors', disabled: true },
      ],
      client_features: ['envoy.lb.does_not_support_overprovisioning'],
    });
    expect(decodeNode(bytes)).toEqual({
      id: 'sidecar~10.0.0.1~a.b~b.svc.cluster.local',
      cluster: 'a.b',
      metadata: METADATA,
      locality: { region: 'r', zone: 'z', subZone: 's' },
      userAgentName: 'envoy',
      userAgentVersion: '1.40.0',
      extensions: new Set(['envoy.filters.http.router']),
      clientFeatures: ['envoy.lb.does_not_support_overprovisioning'],
    });
  });

  it('reads an empty node', () => {
    expect(decodeNode(Buffer.alloc(0))).toEqual({
      id: '',
      cluster: '',
      metadata: {},
      locality: { region: '', zone: '', subZone: '' },
      userAgentName: '',
      userAgentVersion: '',
      extensions: new Set(),
      clientFeatures: [],
    });
  });

  it('reads a version that is told as text', () => {
    const bytes = encodeMessage('envoy.config.core.v3.Node', { user_agent_version: 'v7' });
    expect(decodeNode(bytes).userAgentVersion).toBe('v7');
  });

  it('shares the extensions of proxies of one build', () => {
    const extensions = [{ name: 'a' }, { name: 'b' }];
    const [one, two] = ['x', 'y'].map((id) =>
      decodeNode(encodeMessage('envoy.config.core.v3.Node', { id, extensions })),
    );
    expect(one?.extensions).toBe(two?.extensions);
  });

  it('keeps a key that objects have of their own', () => {
    const bytes = fromJson('envoy.config.core.v3.Node', { metadata: JSON.parse('{"__proto__": "x", "a": 1}') });
    expect(Object.entries(decodeNode(bytes).metadata)).toEqual([
      ['__proto__', 'x'],
      ['a', 1],
    ]);
  });

  it('refuses metadata that nests without end', () => {
    let metadata: unknown = 1;
    for (let i = 0; i < 200; i++) metadata = [metadata];
    const bytes = fromJson('envoy.config.core.v3.Node', { metadata: { deep: metadata } });
    expect(() => decodeNode(bytes)).toThrow('nests deeper');
  });
});
