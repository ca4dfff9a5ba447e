import { describe, expect, it } from 'vitest';
import { startMemoryWorld, timedRule } from '../../../test/support/world.ts';
import { objectKey } from '../../model/object.ts';

const KEY = objectKey('VirtualService', 'default', 'a');

describe('fates', () => {
  const fatesOf = async (yaml: string) => Object.fromEntries((await startMemoryWorld({ a: yaml })).world.fates());
  const entry = (name: string, hosts: string) => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ${name}, namespace: default}
spec: {hosts: [${hosts}], resolution: STATIC, ports: [{number: 80, name: http, protocol: HTTP}]}
---
`;
  const service = (name: string, spec = 'ports: [{name: http, port: 80}]') =>
    `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: default}, spec: {${spec}}}\n---\n`;

  it.each([
    { when: 'it is right', yaml: timedRule('a', '1s'), fates: { [KEY]: { kind: 'applied' } } },
    {
      when: 'it has errors and never was right',
      yaml: timedRule('a', 'soon'),
      fates: {
        [KEY]: {
          kind: 'rejected',
          because: expect.stringMatching(/soon.*no earlier version is known, so it is absent/),
        },
      },
    },
    {
      when: 'all its hosts are declared by others',
      yaml: service('s') + entry('e', 's.default.svc.cluster.local'),
      fates: {
        'Service/default/s': { kind: 'applied' },
        'ServiceEntry/default/e': {
          kind: 'shadowed',
          by: 'Service/default/s',
          because: 'Service/default/s declares s.default.svc.cluster.local already',
        },
      },
    },
    {
      when: 'some of its hosts are declared by others',
      yaml: service('s') + entry('e', 's.default.svc.cluster.local, other.com'),
      fates: {
        'Service/default/s': { kind: 'applied' },
        'ServiceEntry/default/e': {
          kind: 'partly-applied',
          because: 'Service/default/s declares s.default.svc.cluster.local already',
        },
      },
    },
    {
      when: 'it stands for a service that nobody knows',
      yaml: service('s', 'type: ExternalName, externalName: example.com'),
      fates: { 'Service/default/s': { kind: 'ignored', because: '"example.com" is no service of the mesh' } },
    },
    {
      when: 'it is a Secret of something else',
      yaml: '{apiVersion: v1, kind: Secret, metadata: {name: s, namespace: default}, data: {}}',
      fates: {
        'Secret/default/s': {
          kind: 'ignored',
          because: 'it holds neither a certificate with its key nor a trust bundle',
        },
      },
    },
    {
      when: 'it is a ConfigMap of something else',
      yaml: '{apiVersion: v1, kind: ConfigMap, metadata: {name: s, namespace: default}, data: {a: b}}',
      fates: {
        'ConfigMap/default/s': {
          kind: 'ignored',
          because: 'it holds neither a trust bundle nor the settings of the mesh',
        },
      },
    },
    {
      when: "it holds the mesh's settings",
      yaml: '{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: ""}}',
      fates: { 'ConfigMap/istio-system/istio': { kind: 'applied' } },
    },
    {
      when: 'it is a slice of no service',
      yaml: '{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: s, namespace: default, labels: {kubernetes.io/service-name: x}}}',
      fates: { 'EndpointSlice/default/s': { kind: 'ignored', because: 'there is no Service x' } },
    },
  ])('are right for an object when $when', async ({ yaml, fates }) => {
    expect(await fatesOf(yaml)).toEqual(fates);
  });

  it('tell which version of a rejected object is in force', async () => {
    const mesh = await startMemoryWorld({ a: timedRule('a', '1s') });
    await mesh.write({ a: timedRule('a', 'soon') });
    const because = expect.stringMatching(/its version of a:2:1 before that stays in force$/);
    expect(mesh.world.fates().get(KEY)).toEqual({ kind: 'rejected', because });
  });
});
