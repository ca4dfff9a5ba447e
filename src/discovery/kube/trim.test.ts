import { describe, expect, it } from 'vitest';
import { KINDS } from '../../config/kinds.ts';
import type { KubeObject } from '../../kube/object.ts';
import { createTrim } from './trim.ts';

const META = { name: 'a', namespace: 'n', uid: 'u', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' };

/** What is kept of an object that carries all that API servers add. */
const trim = (kind: keyof typeof KINDS, rest: object, meta: object = {}) => {
  const metadata = { ...META, managedFields: [{ manager: 'x' }], selfLink: '/x', ...meta };
  const object: KubeObject = { apiVersion: 'v1', kind, metadata, ...rest };
  return createTrim(KINDS[kind])(object)?.value;
};

describe('createTrim', () => {
  it.each([
    {
      what: 'of a Pod, where it is and what it listens on',
      kind: 'Pod' as const,
      object: {
        spec: {
          nodeName: 'node',
          volumes: [{ name: 'v' }],
          containers: [{ name: 'c', image: 'i', env: [{ name: 'E' }], ports: [{ containerPort: 80, hostPort: 8 }] }],
        },
        status: {
          phase: 'Running',
          podIP: '10.0.0.1',
          hostIP: '10.1.0.1',
          conditions: [
            { type: 'Ready', status: 'True', lastTransitionTime: 'now' },
            { type: 'PodScheduled', status: 'True' },
          ],
        },
      },
      kept: {
        spec: { nodeName: 'node', containers: [{ ports: [{ containerPort: 80 }] }] },
        status: { phase: 'Running', podIP: '10.0.0.1', conditions: [{ type: 'Ready', status: 'True' }] },
      },
    },
    {
      what: 'of a Secret, what proxies are given',
      kind: 'Secret' as const,
      object: { type: 'Opaque', data: { cert: 'Yw==', key: 'aw==', note: 'bg==' }, immutable: true },
      kept: { type: 'Opaque', data: { cert: 'Yw==', key: 'aw==' } },
    },
    {
      what: 'of what users write for the mesh, everything',
      kind: 'VirtualService' as const,
      object: { spec: { hosts: ['a'], unknown: 1 }, status: { observedGeneration: '1' } },
      kept: { spec: { hosts: ['a'], unknown: 1 }, status: { observedGeneration: '1' } },
    },
  ])('keeps, $what', ({ kind, object, kept }) => {
    expect(trim(kind, object)).toEqual({ apiVersion: 'v1', kind, metadata: META, ...kept });
  });

  it.each([
    { what: 'a Secret without credentials', object: { type: 'Opaque', data: { password: 'cHc=' } } },
    {
      what: 'the key of a certificate authority',
      object: { type: 'istio.io/ca-root', data: { 'ca-key.pem': 'aw==' } },
    },
  ])('keeps nothing of $what', ({ object }) => {
    expect(trim('Secret', object)).toBeUndefined();
  });

  it('keeps a Secret whole that names remote clusters, and one that lacks what its type promises', () => {
    const remote = trim('Secret', { data: { west: 'a3ViZQ==' } }, { labels: { 'istio/multiCluster': 'true' } });
    const broken = trim('Secret', { type: 'kubernetes.io/tls', data: {} });
    expect([remote?.data, broken?.type]).toEqual([{ west: 'a3ViZQ==' }, 'kubernetes.io/tls']);
  });

  it('keeps annotations that are read, and owners where they are', () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'networking.istio.io/exportTo': '.',
      'proxy.istio.io/config': 'x'.repeat(100_000),
      'notistio.io/x': '1',
    };
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid: 'u', controller: true };
    const kept = trim('Pod', {}, { annotations, generateName: 'r-', ownerReferences: [owner] });
    expect(kept?.metadata).toEqual({
      ...META,
      annotations: { 'networking.istio.io/exportTo': '.' },
      generateName: 'r-',
      ownerReferences: [{ kind: 'ReplicaSet', name: 'r', controller: true }],
    });
  });

  it.each([
    { kind: 'Node' as const, status: { conditions: [{ type: 'Ready', lastHeartbeatTime: 'later' }] }, isSame: true },
    { kind: 'VirtualService' as const, status: { observedGeneration: '2' }, isSame: true },
    { kind: 'WorkloadEntry' as const, status: { conditions: [{ type: 'Healthy', status: 'True' }] }, isSame: false },
    { kind: 'Pod' as const, status: { podIP: '10.0.0.2' }, isSame: false },
  ])('takes a new status of a $kind for the same content: $isSame', ({ kind, status, isSame }) => {
    const trimmed = (version: string, rest: object) => {
      const metadata = { ...META, resourceVersion: version, generation: 1 };
      return createTrim(KINDS[kind])({ apiVersion: 'v1', kind, metadata, spec: {}, ...rest })?.content;
    };
    const [before, after] = [trimmed('1', { status: {} }), trimmed('2', { status })];
    if (isSame) expect(after).toEqual(before);
    else expect(after).not.toEqual(before);
  });

  it.each([
    { kind: 'VirtualService' as const, isSame: false },
    { kind: 'Pod' as const, isSame: true },
  ])('takes another generation of a $kind for the same content: $isSame', ({ kind, isSame }) => {
    const contents = [1, 3].map((generation) => {
      const metadata = { ...META, resourceVersion: String(generation), generation };
      return createTrim(KINDS[kind])({ apiVersion: 'v1', kind, metadata, spec: {} })?.content;
    });
    if (isSame) expect(contents[1]).toEqual(contents[0]);
    else expect(contents[1]).not.toEqual(contents[0]);
  });
});
