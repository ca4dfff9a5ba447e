import { describe, expect, it } from 'vitest';
import { formatServiceRules, type ServiceObject, toEndpointSlice, toServiceNames } from './service-rules.ts';

const service = (name: string, clusterIP: string): ServiceObject => ({
  metadata: { name, namespace: 'shop' },
  spec: { clusterIP, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
});
const backed = [
  { service: service('reviews', '10.96.0.7'), addresses: ['10.244.0.2', '10.244.0.3'] },
  { service: service('ratings', 'None'), addresses: ['10.244.0.4'] },
];

describe('the address of a service', () => {
  it('leads to each of its pods in turn', () => {
    expect(formatServiceRules(backed).split('\n')).toEqual([
      '*nat',
      ':SERVICES - [0:0]',
      ':PREROUTING ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      '-A PREROUTING -j SERVICES',
      '-A OUTPUT -j SERVICES',
      '-A SERVICES -d 10.96.0.7/32 -p tcp -m tcp --dport 80 -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 10.244.0.2:8080',
      '-A SERVICES -d 10.96.0.7/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.244.0.3:8080',
      'COMMIT',
      '',
    ]);
  });

  it('is what its name is for, or its pods are where it has none', () => {
    expect(toServiceNames(backed)).toEqual({
      'reviews.shop.svc.cluster.local': ['10.96.0.7'],
      'ratings.shop.svc.cluster.local': ['10.244.0.4'],
    });
  });
});

describe('a slice', () => {
  it.each([
    { serving: true, terminating: false, ready: true },
    { serving: true, terminating: true, ready: false },
    { serving: false, terminating: false, ready: false },
  ])('says of a pod whether it is ready: $ready', ({ serving, terminating, ready }) => {
    const pod = { ip: '10.244.0.2', pod: 'reviews-1', serving, terminating };
    expect(toEndpointSlice(service('reviews', '10.96.0.7'), [pod])).toMatchObject({
      metadata: { labels: { 'kubernetes.io/service-name': 'reviews' } },
      ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      endpoints: [{ addresses: ['10.244.0.2'], conditions: { ready, serving, terminating } }],
    });
  });
});
