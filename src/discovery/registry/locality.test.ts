import { describe, expect, it } from 'vitest';
import { localityOfLabels, localityOfTopology, withTopology } from './locality.ts';

describe('localityOfLabels', () => {
  it.each([
    { labels: {}, locality: '' },
    { labels: { 'istio-locality': 'r.z.s' }, locality: 'r/z/s' },
    { labels: { 'topology.istio.io/locality': 'r.z' }, locality: 'r/z' },
    { labels: { 'topology.istio.io/locality': 'r/z.1' }, locality: 'r/z.1' },
    { labels: { 'topology.istio.io/locality': 'a', 'istio-locality': 'b' }, locality: 'a' },
  ])('reads $labels as "$locality"', ({ labels, locality }) => {
    expect(localityOfLabels(labels)).toBe(locality);
  });
});

describe('localityOfTopology', () => {
  it.each([
    { labels: {}, locality: '' },
    { labels: { 'topology.kubernetes.io/region': 'r' }, locality: 'r' },
    { labels: { 'topology.kubernetes.io/region': 'r', 'topology.kubernetes.io/zone': 'z' }, locality: 'r/z' },
    {
      labels: {
        'topology.kubernetes.io/region': 'r',
        'topology.kubernetes.io/zone': 'z',
        'topology.istio.io/subzone': 's',
      },
      locality: 'r/z/s',
    },
    {
      labels: {
        'failure-domain.beta.kubernetes.io/region': 'r',
        'failure-domain.beta.kubernetes.io/zone': 'z',
      },
      locality: 'r/z',
    },
  ])('reads $labels as "$locality"', ({ labels, locality }) => {
    expect(localityOfTopology(labels)).toBe(locality);
  });
});

describe('withTopology', () => {
  it('adds what is known of the place', () => {
    const topology = { locality: 'r/z/s', cluster: 'c', node: 'n', network: 'w' };
    expect(withTopology({ app: 'x' }, topology)).toEqual({
      app: 'x',
      'topology.kubernetes.io/region': 'r',
      'topology.kubernetes.io/zone': 'z',
      'topology.istio.io/subzone': 's',
      'topology.istio.io/cluster': 'c',
      'kubernetes.io/hostname': 'n',
      'topology.istio.io/network': 'w',
    });
  });

  it('adds nothing that is not known', () => {
    expect(withTopology({ app: 'x' }, { locality: '', cluster: '', node: '', network: '' })).toEqual({ app: 'x' });
  });

  it('leaves the network that the workload says it is in', () => {
    const labels = { 'topology.istio.io/network': 'own' };
    expect(withTopology(labels, { locality: '', cluster: '', node: '', network: 'other' })).toEqual(labels);
  });
});
