import { describe, expect, it } from 'vitest';
import { type ProxyIdentity, toNodeJson } from './node.ts';

const reviews: ProxyIdentity = {
  type: 'sidecar',
  ips: ['127.0.2.4'],
  name: 'reviews-v1',
  namespace: 'default',
  labels: { app: 'reviews', version: 'v1' },
  interception: 'NONE',
};

describe('toNodeJson', () => {
  it('writes the identity in the form that Istio control planes read', () => {
    expect(toNodeJson(reviews)).toEqual({
      id: 'sidecar~127.0.2.4~reviews-v1.default~default.svc.cluster.local',
      cluster: 'reviews.default',
      metadata: {
        NAME: 'reviews-v1',
        NAMESPACE: 'default',
        WORKLOAD_NAME: 'reviews',
        CLUSTER_ID: 'Kubernetes',
        INSTANCE_IPS: '127.0.2.4',
        INTERCEPTION_MODE: 'NONE',
        LABELS: { app: 'reviews', version: 'v1' },
      },
    });
  });

  it('carries what was said about place, account, addresses and anything else', () => {
    const node = toNodeJson({
      ...reviews,
      type: 'router',
      ips: ['10.0.0.1', 'fd00::1'],
      domain: 'mesh.internal',
      clusterId: 'east',
      serviceAccount: 'bookinfo-reviews',
      workload: 'reviews-deployment',
      locality: { region: 'eu', zone: 'eu-1', subzone: '' },
      metadata: { NETWORK: 'n1', CLUSTER_ID: 'west' },
    });
    expect(node).toEqual({
      id: 'router~10.0.0.1~reviews-v1.default~mesh.internal',
      cluster: 'reviews.default',
      locality: { region: 'eu', zone: 'eu-1' },
      metadata: {
        NAME: 'reviews-v1',
        NAMESPACE: 'default',
        WORKLOAD_NAME: 'reviews-deployment',
        SERVICE_ACCOUNT: 'bookinfo-reviews',
        CLUSTER_ID: 'west',
        INSTANCE_IPS: '10.0.0.1,fd00::1',
        INTERCEPTION_MODE: 'NONE',
        LABELS: { app: 'reviews', version: 'v1' },
        NETWORK: 'n1',
      },
    });
  });

  it.each([
    { when: 'there is an app label', labels: { app: 'a' }, workload: 'w', cluster: 'a.default' },
    { when: 'there is only a workload', labels: {}, workload: 'w', cluster: 'w.default' },
    { when: 'there is neither', labels: {}, workload: undefined, cluster: 'istio-proxy.default' },
  ])('names the service for tracing when $when', ({ labels, workload, cluster }) => {
    expect(toNodeJson({ ...reviews, labels, workload }).cluster).toBe(cluster);
  });
});
