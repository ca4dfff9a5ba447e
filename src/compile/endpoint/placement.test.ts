import { describe, expect, it } from 'vitest';
import { echo, NOWHERE, rule } from '../../../test/support/clusters.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { sidecarClass, sidecarScope } from '../../../test/support/scopes.ts';
import { CompileCache } from '../cache.ts';
import { findPlacement } from './placement.ts';

const here = { locality: { region: 'r1', zone: 'z1', subzone: 's1' }, nodeName: 'n1' };
const outlierDetection = { splitExternalLocalOriginErrors: false, httpErrorCodes: [] } as const;
const byLabels = (...failoverPriority: readonly string[]) => ({
  outlierDetection,
  loadBalancer: { locality: { enabled: true, distribute: [], failover: [], failoverPriority } },
});
const onlyLocality = { ...here, nodeName: '' };
const onlyNode = { ...NOWHERE, nodeName: 'n1' };

describe('findPlacement', () => {
  it.each([
    { when: 'nothing looks at it', parts: {}, expected: NOWHERE },
    { when: 'hosts fail over', parts: { destinationRules: [rule({ outlierDetection })] }, expected: onlyLocality },
    {
      when: 'hosts fail over in the whole mesh',
      parts: { mesh: meshConfig({ defaultTrafficPolicy: { outlierDetection } }) },
      expected: onlyLocality,
    },
    {
      when: 'priorities go by labels of the workload',
      parts: { destinationRules: [rule(byLabels('version'))] },
      expected: NOWHERE,
    },
    {
      when: 'priorities go by zone',
      parts: { destinationRules: [rule(byLabels('topology.kubernetes.io/zone'))] },
      expected: onlyLocality,
    },
    {
      when: 'priorities go by node',
      parts: { destinationRules: [rule(byLabels('kubernetes.io/hostname'))] },
      expected: onlyNode,
    },
    { when: 'a service is local to nodes', parts: { services: [echo({ nodeLocal: true })] }, expected: onlyNode },
    {
      when: 'a service prefers the own node',
      parts: { services: [echo({ trafficDistribution: 'same-node' })] },
      expected: here,
    },
  ])('keeps what matters when $when', ({ parts, expected }) => {
    const scope = sidecarScope({ services: [echo()], ...parts });
    expect(findPlacement(scope, sidecarClass(), here, new CompileCache())).toEqual(expected);
  });

  it('gives equal placements as one value', () => {
    const cache = new CompileCache();
    const scope = sidecarScope({ services: [echo()] });
    const there = { locality: { region: 'r2', zone: '', subzone: '' }, nodeName: 'n2' };
    expect(findPlacement(scope, sidecarClass(), here, cache)).toBe(findPlacement(scope, sidecarClass(), there, cache));
  });
});
