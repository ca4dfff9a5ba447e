import { describe, expect, it } from 'vitest';
import { service } from '../../../test/support/model.ts';
import { readObject } from '../../../test/support/objects.ts';
import { registryContext } from '../../../test/support/registry.ts';
import { toKubeService } from './kube-service.ts';

const read = (metadata: string, spec: string) =>
  readObject(
    'Service',
    `{apiVersion: v1, kind: Service, metadata: {name: echo, namespace: default${metadata}}, spec: {${spec}}}`,
  );

const HTTP = 'ports: [{name: http, port: 80}]';

describe('toKubeService', () => {
  it.each([
    { when: 'it is plain', spec: `clusterIP: 10.0.0.1, ${HTTP}`, metadata: '', rest: {} },
    { when: 'nobody gave it an address', spec: HTTP, metadata: '', rest: { addresses: [] } },
    {
      when: 'it has addresses of both families',
      spec: `clusterIP: 10.0.0.1, clusterIPs: [10.0.0.1, "fd00::1"], ${HTTP}`,
      metadata: '',
      rest: { addresses: ['10.0.0.1', 'fd00::1'] },
    },
    {
      when: 'it is headless',
      spec: `clusterIP: None, selector: {app: echo}, ${HTTP}`,
      metadata: '',
      rest: { addresses: [], resolution: 'passthrough' as const, headless: true, selector: { app: 'echo' } },
    },
    {
      when: 'its selector is empty',
      spec: `clusterIP: 10.0.0.1, selector: {}, ${HTTP}`,
      metadata: '',
      rest: {},
    },
    {
      when: 'it is an alias',
      spec: `type: ExternalName, externalName: other.default.svc.cluster.local, ${HTTP}`,
      metadata: '',
      rest: { addresses: [], resolution: 'alias' as const, external: true, aliasOf: 'other.default.svc.cluster.local' },
    },
    {
      when: 'its ports have targets',
      spec: 'clusterIP: 10.0.0.1, ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp-x, port: 81, targetPort: db}, {name: y, port: 82, targetPort: "8082"}]',
      metadata: '',
      rest: {
        ports: [
          { name: 'http', number: 80, protocol: 'http' as const, targetPort: 8080 },
          { name: 'tcp-x', number: 81, protocol: 'tcp' as const, targetPort: 'db' },
          { name: 'y', number: 82, protocol: 'auto' as const, targetPort: 8082 },
        ],
      },
    },
    {
      when: 'it stays on the node',
      spec: `clusterIP: 10.0.0.1, internalTrafficPolicy: Local, ${HTTP}`,
      metadata: '',
      rest: { nodeLocal: true },
    },
    {
      when: 'it publishes what is not ready, and prefers what is near',
      spec: `clusterIP: 10.0.0.1, publishNotReadyAddresses: true, trafficDistribution: PreferClose, ${HTTP}`,
      metadata: '',
      rest: { publishNotReady: true, trafficDistribution: 'same-zone' as const },
    },
    {
      when: 'it is exported to some',
      spec: `clusterIP: 10.0.0.1, ${HTTP}`,
      metadata: ', annotations: {networking.istio.io/exportTo: "., other ,"}',
      rest: { visibility: { kind: 'namespaces' as const, namespaces: new Set(['default', 'other']) } },
    },
    {
      when: 'its accounts are annotated',
      spec: `clusterIP: 10.0.0.1, ${HTTP}`,
      metadata:
        ', annotations: {alpha.istio.io/kubernetes-serviceaccounts: "a,b", alpha.istio.io/canonical-serviceaccounts: spiffe://x/y}',
      rest: {
        subjectAltNames: [
          'spiffe://x/y',
          'spiffe://cluster.local/ns/default/sa/a',
          'spiffe://cluster.local/ns/default/sa/b',
        ],
      },
    },
    {
      when: 'it has labels',
      spec: `clusterIP: 10.0.0.1, ${HTTP}`,
      metadata: ', labels: {a: b}',
      rest: { labels: { a: 'b' } },
    },
  ])('converts one when $when', ({ spec, metadata, rest }) => {
    const object = read(metadata, spec);
    expect(toKubeService(object, {}, registryContext())).toEqual(
      service('default', 'echo', { meta: object.meta, ...rest }),
    );
  });

  it('is exported as the mesh says when it does not say itself', () => {
    const context = registryContext({ defaultServiceExportTo: ['.'] });
    expect(toKubeService(read('', HTTP), {}, context).visibility).toEqual({ kind: 'private' });
  });

  it('is named in the domain of the mesh', () => {
    const context = registryContext({ domainSuffix: 'example.org' });
    expect(toKubeService(read('', HTTP), {}, context).hostname).toBe('echo.default.svc.example.org');
  });

  it('takes its traffic distribution from its namespace', () => {
    const annotations = { 'networking.istio.io/traffic-distribution': 'PreferSameNode' };
    expect(toKubeService(read('', HTTP), annotations, registryContext()).trafficDistribution).toBe('same-node');
  });
});
