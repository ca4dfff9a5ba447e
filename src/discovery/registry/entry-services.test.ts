import { describe, expect, it } from 'vitest';
import { service } from '../../../test/support/model.ts';
import { readObject } from '../../../test/support/objects.ts';
import { registryContext } from '../../../test/support/registry.ts';
import type { Service } from '../../model/service.ts';
import { toEntryServices } from './entry-services.ts';

const read = (spec: string, metadata = '') =>
  readObject(
    'ServiceEntry',
    `{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: ext, namespace: default${metadata}}, spec: {${spec}}}`,
  );

const PORTS = 'ports: [{number: 80, name: http, protocol: HTTP}]';

const expected = (host: string, rest: Partial<Service>): Service =>
  service('default', 'ext', {
    hostname: host,
    name: host,
    registry: 'external',
    external: true,
    addresses: [],
    ...rest,
  });

describe('toEntryServices', () => {
  it.each([
    { resolution: 'NONE', becomes: 'passthrough' as const },
    { resolution: 'STATIC', becomes: 'eds' as const },
    { resolution: 'DNS', becomes: 'dns' as const },
    { resolution: 'DNS_ROUND_ROBIN', becomes: 'dns-round-robin' as const },
  ])('reads resolution $resolution as $becomes', ({ resolution, becomes }) => {
    const entry = read(`hosts: [a.example.com], resolution: ${resolution}, ${PORTS}`);
    expect(toEntryServices(entry, registryContext())).toEqual([
      expected('a.example.com', { meta: entry.meta, resolution: becomes }),
    ]);
  });

  it('reads resolution DYNAMIC_DNS as dynamic-dns', () => {
    const entry = read(`hosts: ["*.example.com"], resolution: DYNAMIC_DNS, ${PORTS}`);
    expect(toEntryServices(entry, registryContext())).toEqual([
      expected('*.example.com', { meta: entry.meta, resolution: 'dynamic-dns' }),
    ]);
  });

  it.each([
    { when: 'it is in the mesh', spec: 'location: MESH_INTERNAL', metadata: '', rest: { external: false } },
    {
      when: 'it has addresses',
      spec: 'addresses: [10.1.0.1, 10.2.0.0/16, 10.3.0.1/32, "fd00::1/128"]',
      metadata: '',
      rest: { addresses: ['10.1.0.1', '10.2.0.0/16', '10.3.0.1', 'fd00::1'] },
    },
    { when: 'it names identities', spec: 'subjectAltNames: [x]', metadata: '', rest: { subjectAltNames: ['x'] } },
    {
      when: 'it is private',
      spec: 'exportTo: ["."]',
      metadata: '',
      rest: { visibility: { kind: 'private' as const } },
    },
    {
      when: 'it selects workloads',
      spec: 'workloadSelector: {labels: {app: x}}',
      metadata: '',
      rest: { selector: { app: 'x' } },
    },
    {
      when: 'it prefers what is near',
      spec: '',
      metadata: ', annotations: {networking.istio.io/traffic-distribution: PreferClose}',
      rest: { trafficDistribution: 'same-zone' as const },
    },
    {
      when: 'it races connections without resolving names',
      spec: '',
      metadata: ', annotations: {istio.io/connect-strategy: RACE_FIRST_TCP_CONNECT}',
      rest: { raceConnect: false },
    },
  ])('converts one when $when', ({ spec, metadata, rest }) => {
    const entry = read(`hosts: [a.example.com], resolution: STATIC, ${PORTS}${spec && `, ${spec}`}`, metadata);
    expect(toEntryServices(entry, registryContext())).toEqual([
      expected('a.example.com', { meta: entry.meta, ...rest }),
    ]);
  });

  it('races connections to names it resolves, when told so in any case', () => {
    const annotation = ', annotations: {istio.io/connect-strategy: race_first_tcp_connect}';
    const entry = read(`hosts: [a.example.com], resolution: DNS, ${PORTS}`, annotation);
    expect(toEntryServices(entry, registryContext()).map(({ raceConnect }) => raceConnect)).toEqual([true]);
  });

  it('makes one service of each host, with all addresses', () => {
    const entry = read(
      `hosts: [a.example.com, b.example.com], addresses: [10.1.0.1, 10.1.0.2], resolution: STATIC, ${PORTS}`,
    );
    const rest = { meta: entry.meta, addresses: ['10.1.0.1', '10.1.0.2'] };
    expect(toEntryServices(entry, registryContext())).toEqual([
      expected('a.example.com', rest),
      expected('b.example.com', rest),
    ]);
  });

  it('keeps target ports', () => {
    const entry = read(
      'hosts: [a.example.com], resolution: NONE, ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8080}]',
    );
    expect(toEntryServices(entry, registryContext()).map(({ ports }) => ports)).toEqual([
      [{ name: 'http', number: 80, protocol: 'http', targetPort: 8080 }],
    ]);
  });

  it('gives each host the addresses that a controller allocated to it', () => {
    const entry = {
      ...read(`hosts: [a.example.com, b.example.com], resolution: DNS, ${PORTS}`),
      allocated: [
        { host: 'b.example.com', address: '240.240.0.9' },
        { host: 'b.example.com', address: '2001:2::9' },
      ],
    };
    const allocated = toEntryServices(entry, registryContext()).map(({ autoAddresses }) => autoAddresses);
    expect(allocated).toEqual([[], ['240.240.0.9', '2001:2::9']]);
  });
});
