import { expect, it } from 'vitest';
import { service } from '../../../test/support/model.ts';
import { endpoint } from '../../../test/support/scopes.ts';
import { toJson } from '../../gen/codec.ts';
import { compileLocalCluster } from './local-cluster.ts';

const SERVICE = service('default', 'shop');
const port = SERVICE.ports[0];
if (port === undefined) throw new Error('the service has no port');
const WORKLOAD = { name: 'shop-v1', templateHash: 'abc', rolloutHash: '', region: 'r1' };

const replica = (address: string, rest: object = {}) =>
  endpoint(address, {
    servicePortName: port.name,
    workloadName: 'shop-v1',
    labels: { 'pod-template-hash': 'abc' },
    locality: 'r1/z1',
    ...rest,
  });

it('counts the replicas of a workload by zone: of its generation, in its region, fit for use', () => {
  const { resources } = compileLocalCluster(
    { service: SERVICE, port },
    [
      replica('10.0.0.1'),
      replica('10.0.0.2', { locality: 'r1/z2' }),
      replica('10.0.0.3', { locality: 'r2/z3' }),
      replica('10.0.0.4', { workloadName: 'shop-v2' }),
      replica('10.0.0.5', { labels: { 'pod-template-hash': 'old' } }),
      replica('10.0.0.6', { servicePortName: 'other' }),
      replica('10.0.0.7', { health: 'unhealthy' }),
    ],
    WORKLOAD,
  );
  const host = (address: string) =>
    expect.objectContaining({ endpoint: { address: { socket_address: expect.objectContaining({ address }) } } });
  expect(resources.map(({ name }) => name)).toEqual(['local_cluster']);
  expect(toJson('envoy.config.endpoint.v3.ClusterLoadAssignment', resources[0].bytes)).toEqual({
    cluster_name: 'local_cluster',
    endpoints: [
      { locality: { region: 'r1', zone: 'z1' }, lb_endpoints: [host('10.0.0.1')], load_balancing_weight: 1 },
      { locality: { region: 'r1', zone: 'z2' }, lb_endpoints: [host('10.0.0.2')], load_balancing_weight: 1 },
    ],
  });
});

it('answers for a workload that nobody serves, so that its Envoy does not wait', () => {
  const { resources } = compileLocalCluster(undefined, [replica('10.0.0.1')], WORKLOAD);
  expect(toJson('envoy.config.endpoint.v3.ClusterLoadAssignment', resources[0].bytes)).toEqual({
    cluster_name: 'local_cluster',
  });
});
