import { describe, expect, it } from 'vitest';
import { endpoint, registryContext, registryOf } from '../../../test/support/registry.ts';
import { objectKey } from '../../model/object.ts';

const serviceEntry = (spec: string, name = 'ext') => `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ${name}, namespace: default}
spec: {ports: [{number: 80, name: http, protocol: HTTP}], ${spec}}
---
`;

const entry = (spec: string) => `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: vm, namespace: default}
spec: {labels: {app: echo}, ${spec}}
---
`;

const POD = `
apiVersion: v1
kind: Pod
metadata: {name: p, namespace: default, labels: {app: echo}}
status: {podIP: 10.1.0.1}
---
`;

const listOf = (yaml: string, host = 'a.example.com') => registryOf(yaml).endpoints.of(host, 'default');
const shortListOf = (yaml: string) => listOf(yaml).map(({ address, port }) => `${address}:${port}`);

const ENTRY = objectKey('ServiceEntry', 'default', 'ext');
const SELECT = 'workloadSelector: {labels: {app: echo}}';

describe('endpoints of a ServiceEntry', () => {
  it('are those it lists, each with its name and place', () => {
    const yaml = serviceEntry(`hosts: [a.example.com], resolution: STATIC, endpoints: [
      {address: 10.3.0.1},
      {address: 10.3.0.2, ports: {http: 8080}, weight: 3, locality: r/z, network: n, serviceAccount: sa, labels: {app: x, version: v2}}]`);
    expect(listOf(yaml)).toEqual([
      endpoint('10.3.0.1', 80, {
        health: 'unknown',
        workloadName: 'ext-0',
        canonicalName: 'ext-0',
        origin: ENTRY,
        canonicalRevision: 'latest',
      }),
      endpoint('10.3.0.2', 8080, {
        health: 'unknown',
        weight: 3,
        locality: 'r/z',
        network: 'n',
        identity: 'spiffe://cluster.local/ns/default/sa/sa',
        tlsMode: 'istio',
        workloadName: 'ext-1',
        canonicalName: 'x',
        origin: ENTRY,
        canonicalRevision: 'v2',
        labels: {
          app: 'x',
          version: 'v2',
          'topology.kubernetes.io/region': 'r',
          'topology.kubernetes.io/zone': 'z',
          'topology.istio.io/cluster': 'Kubernetes',
          'topology.istio.io/network': 'n',
        },
      }),
    ]);
  });

  it('are its own name when Envoy resolves it and nothing else is said', () => {
    const yaml = serviceEntry('hosts: [a.example.com, b.example.com], resolution: DNS');
    const nobody = {
      health: 'unknown',
      workloadName: 'ext',
      canonicalName: 'ext',
      origin: ENTRY,
      canonicalRevision: 'latest',
    } as const;
    expect([...listOf(yaml), ...listOf(yaml, 'b.example.com')]).toEqual([
      endpoint('a.example.com', 80, { ...nobody, labels: {} }),
      endpoint('b.example.com', 80, { ...nobody, labels: {} }),
    ]);
  });

  it.each([
    {
      when: 'the port has a target',
      yaml: serviceEntry('hosts: [a.example.com], resolution: STATIC, endpoints: [{address: 10.3.0.1}]').replace(
        'protocol: HTTP',
        'protocol: HTTP, targetPort: 8080',
      ),
      endpoints: ['10.3.0.1:8080'],
    },
    {
      when: 'one is a socket',
      yaml: serviceEntry('hosts: [a.example.com], resolution: STATIC, endpoints: [{address: "unix:///s"}]'),
      endpoints: ['unix:///s:0'],
    },
    {
      when: 'traffic goes where it was going',
      yaml: serviceEntry('hosts: [a.example.com], resolution: NONE'),
      endpoints: [],
    },
    {
      when: 'it is static without any',
      yaml: serviceEntry('hosts: [a.example.com], resolution: STATIC'),
      endpoints: [],
    },
    {
      when: 'it selects a Pod and a WorkloadEntry',
      yaml: serviceEntry(`hosts: [a.example.com], resolution: STATIC, ${SELECT}`) + entry('address: 10.2.0.1') + POD,
      endpoints: ['10.1.0.1:80', '10.2.0.1:80'],
    },
    {
      when: 'it picks with an empty selector',
      yaml:
        serviceEntry(`hosts: [a.example.com], resolution: STATIC, workloadSelector: {}`) +
        entry('address: 10.2.0.1') +
        POD,
      endpoints: ['10.1.0.1:80', '10.2.0.1:80'],
    },
    {
      when: 'it selects a Pod that is not ready',
      yaml:
        serviceEntry(`hosts: [a.example.com], resolution: STATIC, ${SELECT}`) +
        POD.replace('10.1.0.1', '10.1.0.1, conditions: [{type: Ready, status: "False"}]'),
      endpoints: [],
    },
    {
      when: 'a selected WorkloadEntry has its own port',
      yaml:
        serviceEntry(`hosts: [a.example.com], resolution: STATIC, ${SELECT}`) +
        entry('address: 10.2.0.1, ports: {http: 9}'),
      endpoints: ['10.2.0.1:9'],
    },
    {
      when: 'a selected WorkloadEntry has a name for an address',
      yaml: serviceEntry(`hosts: [a.example.com], resolution: STATIC, ${SELECT}`) + entry('address: vm.example.com'),
      endpoints: [],
    },
    {
      when: 'Envoy may resolve that name',
      yaml: serviceEntry(`hosts: [a.example.com], resolution: DNS, ${SELECT}`) + entry('address: vm.example.com'),
      endpoints: ['vm.example.com:80'],
    },
    {
      when: 'it selects, and Envoy resolves, but nobody is there',
      yaml: serviceEntry(`hosts: [a.example.com], resolution: DNS, ${SELECT}`),
      endpoints: [],
    },
    {
      when: 'two ServiceEntries declare the host',
      yaml:
        serviceEntry('hosts: [a.example.com], resolution: STATIC, endpoints: [{address: 10.3.0.2}]', 'z') +
        serviceEntry('hosts: [a.example.com], resolution: STATIC, endpoints: [{address: 10.3.0.1}]', 'b'),
      endpoints: ['10.3.0.1:80', '10.3.0.2:80'],
    },
  ])('are right when $when', ({ yaml, endpoints }) => {
    expect(shortListOf(yaml)).toEqual(endpoints);
  });

  it.each([
    { when: 'it has an account', spec: 'serviceAccount: sa', tlsMode: 'istio' },
    { when: 'it has none', spec: 'weight: 1', tlsMode: 'disabled' },
    { when: 'its label says so', spec: 'labels: {security.istio.io/tlsMode: istio}', tlsMode: 'istio' },
    {
      when: 'its label says no',
      spec: 'serviceAccount: sa, labels: {security.istio.io/tlsMode: disabled}',
      tlsMode: 'disabled',
    },
  ])('speak TLS ($tlsMode) when $when', ({ spec, tlsMode }) => {
    const yaml = serviceEntry(`hosts: [a.example.com], resolution: STATIC, endpoints: [{address: 10.3.0.1, ${spec}}]`);
    expect(listOf(yaml).map((e) => e.tlsMode)).toEqual([tlsMode]);
  });

  it("have the mesh's network as a label, but as their network only what they say", () => {
    const yaml = serviceEntry('hosts: [a.example.com], resolution: STATIC, endpoints: [{address: 10.3.0.1}]');
    const [found] = registryOf(yaml, registryContext({ network: 'main' })).endpoints.of('a.example.com', 'default');
    expect([found?.network, found?.labels['topology.istio.io/network']]).toEqual(['', 'main']);
  });
});
