import { describe, expect, it } from 'vitest';
import { endpoint } from '../../../test/support/scopes.ts';
import { service } from '../../../test/support/model.ts';
import { toJson } from '../../gen/codec.ts';
import type { Endpoint } from '../../model/endpoint.ts';
import type { Service } from '../../model/service.ts';
import { compileNameEntries, type NameViewer } from './name-entries.ts';

const CLIENT: NameViewer = { ipMode: 'ipv4', dnsCapture: false, dualStack: false, network: '', cluster: 'Kubernetes' };
const headless: Partial<Service> = { addresses: [], resolution: 'passthrough', headless: true };
const external: Partial<Service> = { registry: 'external', hostname: 'api.example.com', name: 'api.example.com' };
const row = (ips: readonly string[], shortname: string) => ({
  ips,
  registry: 'Kubernetes',
  shortname,
  namespace: 'apps',
});

interface Case {
  readonly when: string;
  readonly service: Partial<Service>;
  readonly viewer?: Partial<NameViewer>;
  readonly endpoints?: readonly Partial<Endpoint>[];
  readonly table: Readonly<Record<string, unknown>>;
}

describe('compileNameEntries: the names of a service', () => {
  it.each<Case>([
    { when: 'it has an address', service: {}, table: { 'db.apps.svc.cluster.local': row(['10.0.0.1'], 'db') } },
    {
      when: 'it has addresses of both families, and the client has one',
      service: { addresses: ['10.0.0.1', 'fd00::1'] },
      viewer: { ipMode: 'ipv6' },
      table: { 'db.apps.svc.cluster.local': row(['fd00::1'], 'db') },
    },
    {
      when: 'it is that of several clusters',
      service: { hostname: 'db.apps.svc.clusterset.local' },
      table: { 'db.apps.svc.clusterset.local': { ips: ['10.0.0.1'], registry: 'Kubernetes' } },
    },
    {
      when: 'it is external, ranges aside',
      service: { ...external, addresses: ['1.1.1.1', '2.0.0.0/8', '3.3.3.3/32'] },
      table: { 'api.example.com': { ips: ['1.1.1.1', '3.3.3.3'], registry: 'External' } },
    },
    { when: 'it is a range', service: { ...external, addresses: ['2.0.0.0/8'] }, table: {} },
    {
      when: 'an address was allocated to it, and the client captures DNS',
      service: { ...external, resolution: 'dns', addresses: [], autoAddresses: ['240.240.0.1', '2001:2::1'] },
      viewer: { dnsCapture: true },
      table: { 'api.example.com': { ips: ['240.240.0.1'], registry: 'External' } },
    },
    {
      when: 'an address was allocated to it, and the client does not',
      service: { ...external, resolution: 'dns', addresses: [], autoAddresses: ['240.240.0.1'] },
      table: {},
    },
    {
      when: 'it is headless: those of its healthy endpoints, each once',
      service: headless,
      endpoints: [
        { address: '10.1.0.1', servicePortName: 'http' },
        { address: '10.1.0.1', servicePortName: 'other' },
        { address: '10.1.0.2', health: 'unhealthy' },
        { address: '10.1.0.3', health: 'terminating' },
        { address: 'name.example.com' },
      ],
      table: { 'db.apps.svc.cluster.local': row(['10.1.0.1'], 'db') },
    },
    {
      when: 'it is headless and publishes what is not ready',
      service: { ...headless, publishNotReady: true },
      endpoints: [{ address: '10.1.0.1' }, { address: '10.1.0.2', health: 'unhealthy' }],
      table: { 'db.apps.svc.cluster.local': row(['10.1.0.1', '10.1.0.2'], 'db') },
    },
    {
      when: 'it is headless: those on the network of the client',
      service: headless,
      viewer: { network: 'one' },
      endpoints: [
        { address: '10.1.0.1', network: 'one' },
        { address: '10.1.0.2', network: 'two' },
        { address: '10.1.0.3' },
      ],
      table: { 'db.apps.svc.cluster.local': row(['10.1.0.1', '10.1.0.3'], 'db') },
    },
    {
      when: 'its Pods have names, of which those of the own cluster win',
      service: headless,
      endpoints: [
        { address: '10.1.0.1', podName: 'db-0.db', cluster: 'Kubernetes' },
        { address: '10.2.0.1', podName: 'db-0.db', cluster: 'other' },
        { address: '10.2.0.2', podName: 'db-1.db', cluster: 'other' },
      ],
      table: {
        'db-0.db.apps.svc.cluster.local': row(['10.1.0.1'], 'db-0.db'),
        'db-1.db.apps.svc.cluster.local': row(['10.2.0.2'], 'db-1.db'),
        'db.apps.svc.cluster.local': row(['10.1.0.1', '10.2.0.1', '10.2.0.2'], 'db'),
      },
    },
    {
      when: 'a Pod of it has two addresses, and each port of it is an endpoint',
      service: headless,
      endpoints: [
        { address: '10.1.0.1', podName: 'db-0.db', cluster: 'Kubernetes' },
        { address: '10.1.0.1', podName: 'db-0.db', cluster: 'Kubernetes', servicePortName: 'other' },
        { address: 'fd00::1', podName: 'db-0.db', cluster: 'Kubernetes' },
      ],
      table: {
        'db-0.db.apps.svc.cluster.local': row(['10.1.0.1', 'fd00::1'], 'db-0.db'),
        'db.apps.svc.cluster.local': row(['10.1.0.1', 'fd00::1'], 'db'),
      },
    },
    {
      when: 'a name is a Pod in several other clusters: all of them',
      service: headless,
      endpoints: [
        { address: '10.2.0.1', podName: 'db-0.db', cluster: 'two' },
        { address: '10.3.0.1', podName: 'db-0.db', cluster: 'three' },
      ],
      table: {
        'db-0.db.apps.svc.cluster.local': row(['10.2.0.1', '10.3.0.1'], 'db-0.db'),
        'db.apps.svc.cluster.local': row(['10.2.0.1', '10.3.0.1'], 'db'),
      },
    },
    { when: 'it is headless without endpoints', service: headless, table: {} },
    { when: 'it is another name of a service', service: { addresses: [], resolution: 'alias' }, table: {} },
  ])('when $when', ({ service: rest, viewer, endpoints = [], table }) => {
    const all = endpoints.map((one) => endpoint('10.1.0.1', { network: '', health: 'healthy', ...one }));
    const bytes = compileNameEntries(service('apps', 'db', rest), { ...CLIENT, ...viewer }, all);
    const json = toJson('istio.networking.nds.v1.NameTable', bytes);
    expect(json).toEqual(Object.keys(table).length === 0 ? {} : { table });
  });
});
