import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../json.ts';
import { overlayPod } from './strategic-merge.ts';

const named = (...names: readonly string[]) => names.map((name) => ({ name }));
const containers = (...list: readonly JsonObject[]): JsonObject => ({ spec: { containers: list } });

interface Row {
  readonly when: string;
  readonly pod: JsonObject;
  readonly overlay: JsonObject;
  readonly merged: JsonObject;
}

const rows: readonly Row[] = [
  {
    when: 'maps meet',
    pod: { metadata: { labels: { a: '1', b: '1' } } },
    overlay: { metadata: { labels: { b: '2' } } },
    merged: { metadata: { labels: { a: '1', b: '2' } } },
  },
  {
    when: 'a field is null',
    pod: { spec: { nodeName: 'n', hostname: 'h' } },
    overlay: { spec: { nodeName: null } },
    merged: { spec: { hostname: 'h' } },
  },
  {
    when: 'nulls come with something new',
    pod: {},
    overlay: { spec: { volumes: [{ name: 'v', emptyDir: null }] } },
    merged: { spec: { volumes: [{ name: 'v' }] } },
  },
  {
    when: 'containers share a name',
    pod: containers({ name: 'a', image: 'x' }),
    overlay: containers({ name: 'a', tty: true }),
    merged: containers({ name: 'a', image: 'x', tty: true }),
  },
  {
    when: 'containers differ',
    pod: containers({ name: 'a' }),
    overlay: containers({ name: 'b' }),
    merged: containers({ name: 'b' }, { name: 'a' }),
  },
  {
    when: 'the overlay has what stood in the middle',
    pod: { spec: { volumes: named('a', 'b', 'c') } },
    overlay: { spec: { volumes: named('b', 'x') } },
    merged: { spec: { volumes: named('a', 'b', 'x', 'c') } },
  },
  {
    when: 'variables meet',
    pod: containers({
      name: 'a',
      env: [
        { name: 'X', value: '1' },
        { name: 'Y', value: '1' },
      ],
    }),
    overlay: containers({
      name: 'a',
      env: [
        { name: 'Y', value: '2' },
        { name: 'Z', value: '2' },
      ],
    }),
    merged: containers({
      name: 'a',
      env: [
        { name: 'X', value: '1' },
        { name: 'Y', value: '2' },
        { name: 'Z', value: '2' },
      ],
    }),
  },
  {
    when: 'ports share a number',
    pod: containers({ name: 'a', ports: [{ containerPort: 80, name: 'web' }] }),
    overlay: containers({ name: 'a', ports: [{ containerPort: 80, protocol: 'TCP' }, { containerPort: 81 }] }),
    merged: containers({
      name: 'a',
      ports: [{ containerPort: 80, name: 'web', protocol: 'TCP' }, { containerPort: 81 }],
    }),
  },
  {
    when: 'mounts share a path',
    pod: containers({ name: 'a', volumeMounts: [{ mountPath: '/d', name: 'v' }] }),
    overlay: containers({ name: 'a', volumeMounts: [{ mountPath: '/d', name: 'w' }] }),
    merged: containers({ name: 'a', volumeMounts: [{ mountPath: '/d', name: 'w' }] }),
  },
  {
    when: 'a list has no key',
    pod: containers({ name: 'a', args: ['x', 'y'] }),
    overlay: containers({ name: 'a', args: ['z'] }),
    merged: containers({ name: 'a', args: ['z'] }),
  },
  {
    when: 'finalizers meet',
    pod: { metadata: { finalizers: ['a', 'b'] } },
    overlay: { metadata: { finalizers: ['c', 'a'] } },
    merged: { metadata: { finalizers: ['c', 'a', 'b'] } },
  },
  {
    when: 'an element is to go',
    pod: containers({ name: 'a' }, { name: 'b' }),
    overlay: containers({ name: 'a', $patch: 'delete' }),
    merged: containers({ name: 'b' }),
  },
  {
    when: 'a list is to be replaced',
    pod: containers({ name: 'a' }),
    overlay: containers({ name: 'b' }, { $patch: 'replace' }),
    merged: containers({ name: 'b' }),
  },
  {
    when: 'a map is to be replaced',
    pod: { spec: { nodeSelector: { a: '1' } } },
    overlay: { spec: { nodeSelector: { $patch: 'replace', b: '2' } } },
    merged: { spec: { nodeSelector: { b: '2' } } },
  },
  {
    when: 'fields are to be kept',
    pod: { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
    overlay: { spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/' } }] } },
    merged: { spec: { volumes: [{ name: 'v', hostPath: { path: '/' } }] } },
  },
  {
    when: 'plain values are to go',
    pod: { metadata: { finalizers: ['a', 'b'] } },
    overlay: { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } },
    merged: { metadata: { finalizers: ['b'] } },
  },
  {
    when: 'an order is asked for',
    pod: { spec: { volumes: named('a', 'b') } },
    overlay: { spec: { '$setElementOrder/volumes': named('b', 'c', 'a'), volumes: named('c') } },
    merged: { spec: { volumes: named('b', 'c', 'a') } },
  },
];

describe('overlayPod', () => {
  it.each(rows)('when $when', ({ pod, overlay, merged }) => {
    expect(overlayPod(pod, overlay)).toEqual(merged);
  });

  it('leaves what no field concerns as it is', () => {
    const pod = { spec: { containers: [{ name: 'a' }], volumes: named('v') } };
    const merged = overlayPod(pod, containers({ name: 'b' }));
    expect((merged.spec as typeof pod.spec).volumes).toBe(pod.spec.volumes);
  });

  it.each([
    { overlay: containers({ image: 'x' }), because: 'has no "name"' },
    { overlay: { spec: { containers: ['x'] } }, because: 'holds no object' },
    { overlay: { spec: { $patch: 'merge-it' } }, because: 'is not known for objects' },
  ])('refuses $overlay', ({ overlay, because }) => {
    expect(() => overlayPod(containers({ name: 'a' }), overlay)).toThrow(because);
  });
});
