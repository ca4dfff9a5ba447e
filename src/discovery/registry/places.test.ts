import { describe, expect, it } from 'vitest';
import { readObjects, toChanges } from '../../../test/support/objects.ts';
import { registryContext, registryOf } from '../../../test/support/registry.ts';
import type { RegistryContext } from './context.ts';
import { Registry } from './registry.ts';

const HOST = 'echo.default.svc.cluster.local';
const service = (spec = '') =>
  `{apiVersion: v1, kind: Service, metadata: {name: echo, namespace: default}, spec: {${spec} selector: {app: echo}, ports: [{name: http, port: 80}]}}\n---\n`;
const pod = (rest: { name?: string; labels?: string; spec?: string; ip?: string; ips?: string } = {}) => {
  const { name = 'echo', labels = '', spec = '', ip = '10.1.0.1', ips = '' } = rest;
  return `{apiVersion: v1, kind: Pod, metadata: {name: ${name}, namespace: default, labels: {app: echo, ${labels}}}, spec: {${spec}}, status: {podIP: "${ip}"${ips && `, podIPs: [${ips}]`}}}\n---\n`;
};
const node = (labels: string, status = '') =>
  `{apiVersion: v1, kind: Node, metadata: {name: n1, labels: {${labels}}}, status: {${status}}}\n---\n`;
const REGION = 'topology.kubernetes.io/region';
const ZONE = 'topology.kubernetes.io/zone';
const SUBZONE = 'topology.istio.io/subzone';

const endpointsOf = (yaml: string, context?: RegistryContext) =>
  registryOf(yaml, context).endpoints.of(HOST, 'default');

describe('The locality of a Pod', () => {
  it.each([
    { is: 'that of its Node', labels: '', on: `${REGION}: r, ${ZONE}: z, ${SUBZONE}: s`, locality: 'r/z/s' },
    {
      is: 'that of its Node in the labels of old',
      labels: '',
      on: 'failure-domain.beta.kubernetes.io/region: r, failure-domain.beta.kubernetes.io/zone: z',
      locality: 'r/z',
    },
    { is: 'its own first', labels: 'istio-locality: a.b.c', on: `${REGION}: r, ${ZONE}: z`, locality: 'a/b/c' },
    {
      is: 'its own by the newer label',
      labels: 'istio-locality: a.b.c, topology.istio.io/locality: d.e.f',
      on: `${REGION}: r`,
      locality: 'd/e/f',
    },
    { is: 'what was copied to it, when its Node says nothing', labels: `${REGION}: p`, on: '', locality: 'p' },
    { is: 'nowhere', labels: '', on: '', locality: '' },
  ])('is $is', ({ labels, on, locality }) => {
    const [endpoint] = endpointsOf(service() + node(on) + pod({ labels, spec: 'nodeName: n1' }));
    expect([endpoint?.locality, endpoint?.node]).toEqual([locality, 'n1']);
  });

  it('follows its Node, and nothing else of the Node matters', () => {
    const context = registryContext();
    const registry = new Registry(context);
    const at = (text: string) => readObjects(service() + pod({ spec: 'nodeName: n1' }) + text);
    registry.apply(toChanges([], at(node(`${ZONE}: z1`))), context);
    const changed = registry.apply(
      toChanges(at(node(`${ZONE}: z1`)).slice(2), at(node(`${ZONE}: z2`)).slice(2)),
      context,
    );
    expect([changed.endpoints.length, changed.workloads]).toEqual([1, ['Pod/default/echo']]);
    expect(registry.workloads.byName('default', 'echo')?.locality).toBe('/z2');
    const same = registry.apply(
      toChanges(at(node(`${ZONE}: z2`)).slice(2), at(node(`${ZONE}: z2, other: label`)).slice(2)),
      context,
    );
    expect(same).toEqual({ services: false, endpoints: [], workloads: [] });
  });
});

describe('The network of a Pod', () => {
  const networks = [
    { name: 'ranged', cidrs: ['10.1.0.0/16'], clusters: [], gateways: [] },
    { name: 'registered', cidrs: [], clusters: ['c2'], gateways: [] },
  ];
  const system =
    '{apiVersion: v1, kind: Namespace, metadata: {name: istio-system, labels: {topology.istio.io/network: said}}}\n---\n';

  it.each([
    { is: 'its label', labels: 'topology.istio.io/network: own', more: system, cluster: 'c1', network: 'own' },
    { is: 'that of the system namespace', labels: '', more: system, cluster: 'c2', network: 'said' },
    { is: 'that of its cluster', labels: '', more: '', cluster: 'c2', network: 'registered' },
    { is: 'that of its address', labels: '', more: '', cluster: 'c1', network: 'ranged' },
  ])('is $is', ({ labels, more, cluster, network }) => {
    const context = registryContext({ networks, cluster, systemNamespace: 'istio-system' });
    const registry = registryOf(more + service() + pod({ labels }), context);
    const [endpoint] = registry.endpoints.of(HOST, 'default');
    expect([
      endpoint?.network,
      endpoint?.labels['topology.istio.io/network'],
      registry.workloads.byName('default', 'echo')?.network,
    ]).toEqual([network, network, network]);
  });

  it('is none where nobody says one', () => {
    expect(endpointsOf(service() + pod({ ip: '10.9.0.1' }), registryContext({ networks }))[0]?.network).toBe('');
  });

  it('is asked by address for one that no Pod is known at', () => {
    const slice =
      '{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: s, namespace: default, labels: {kubernetes.io/service-name: echo}}, addressType: IPv4, ports: [{name: http, port: 80}], endpoints: [{addresses: [10.1.0.7]}]}\n';
    expect(endpointsOf(service() + slice, registryContext({ networks }))[0]?.network).toBe('ranged');
  });
});

describe('A Pod of two address families', () => {
  const slices = ['IPv4', 'IPv6']
    .map(
      (family) =>
        `{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: ${family.toLowerCase()}, namespace: default, labels: {kubernetes.io/service-name: echo}}, addressType: ${family}, ports: [{name: http, port: 80}], endpoints: [{addresses: ["${family === 'IPv4' ? '10.1.0.1' : '2001:db8::1'}"], targetRef: {kind: Pod, name: echo}}]}\n---\n`,
    )
    .join('');
  const both = pod({ ips: '{ip: 10.1.0.1}, {ip: "2001:db8::1"}' });
  const DUAL = 'clusterIPs: [10.0.0.1, "2001:db8::a"],';
  const addresses = (yaml: string, dualStack: boolean) =>
    endpointsOf(yaml, registryContext({ dualStack })).map(({ address, additionalAddresses }) => [
      address,
      ...additionalAddresses,
    ]);

  it.each([
    { is: 'one endpoint of a service of two', spec: DUAL, dualStack: true, found: [['10.1.0.1', '2001:db8::1']] },
    { is: 'two endpoints of a service of one', spec: '', dualStack: true, found: [['10.1.0.1'], ['2001:db8::1']] },
    { is: 'two endpoints without the switch', spec: DUAL, dualStack: false, found: [['10.1.0.1'], ['2001:db8::1']] },
  ])('is $is', ({ spec, dualStack, found }) => {
    expect(addresses(service(spec) + both + slices, dualStack)).toEqual(found);
  });
});

describe('Pods of one address', () => {
  it('are told apart by name, and the first counts for who asks by address', () => {
    const slice =
      '{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: s, namespace: default, labels: {kubernetes.io/service-name: echo}}, addressType: IPv4, ports: [{name: http, port: 80}], endpoints: [{addresses: [10.1.0.1]}]}\n---\n';
    const context = registryContext();
    const registry = new Registry(context);
    const first = readObjects(service() + slice + pod({ name: 'b' }) + pod({ name: 'a' }));
    registry.apply(toChanges([], first), context);
    const workload = () => registry.endpoints.of(HOST, 'default').map(({ workloadName }) => workloadName);
    expect(workload()).toEqual(['a']);
    registry.apply(toChanges(first, first.slice(0, 3)), context);
    expect(workload()).toEqual(['b']);
  });
});
