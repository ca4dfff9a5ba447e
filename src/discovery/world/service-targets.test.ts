import { describe, expect, it } from 'vitest';
import { startMemoryWorld } from '../../../test/support/world.ts';
import { listServiceTargets, type WorkloadQuestion } from '../../model/service-targets.ts';

const service = (name: string, spec: string, namespace = 'default') =>
  `{apiVersion: v1, kind: Service, metadata: {name: ${name}, namespace: ${namespace}}, spec: {${spec}}}\n---\n`;
const PORTS = 'ports: [{name: http, port: 80, targetPort: 8080}]';
const SELECT = 'selector: {app: echo}';
const POD = `{apiVersion: v1, kind: Pod, metadata: {name: echo-1, namespace: default, labels: {app: echo, v: v1}}, spec: {containers: [{name: c, ports: [{name: web, containerPort: 9000}]}]}, status: {podIP: 10.0.0.1}}\n---\n`;
const workload = (name: string, spec: string) =>
  `{apiVersion: networking.istio.io/v1, kind: WorkloadEntry, metadata: {name: ${name}, namespace: default}, spec: {labels: {app: echo}, ${spec}}}\n---\n`;
const serviceEntry = (spec: string, namespace = 'default') =>
  `{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: e, namespace: ${namespace}}, spec: {hosts: [e.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: STATIC, ${spec}}}\n---\n`;
const SLICE = `{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: s, namespace: default, labels: {kubernetes.io/service-name: a}}, ports: [{name: http, port: 7000}], endpoints: [{addresses: [10.0.0.1]}]}\n---\n`;

const ECHO: WorkloadQuestion = { ipAddresses: ['10.0.0.1'], name: 'echo-1', namespace: 'default', labels: {} };
const STRANGER: WorkloadQuestion = { ...ECHO, name: 'stranger', ipAddresses: ['10.9.9.9'], labels: { app: 'echo' } };
const VM: WorkloadQuestion = { ...ECHO, name: 'anything', ipAddresses: ['10.2.0.1'] };

describe('listServiceTargets', () => {
  it.each([
    {
      when: 'a service selects its Pod',
      yaml: service('a', `${SELECT}, ${PORTS}`) + POD,
      proxy: ECHO,
      targets: ['a:80→8080'],
    },
    {
      when: 'the labels are others',
      yaml: service('a', `selector: {app: x}, ${PORTS}`) + POD,
      proxy: ECHO,
      targets: [],
    },
    { when: 'the selector is empty', yaml: service('a', `selector: {}, ${PORTS}`) + POD, proxy: ECHO, targets: [] },
    {
      when: 'the service is elsewhere',
      yaml: service('a', `${SELECT}, ${PORTS}`, 'other') + POD,
      proxy: ECHO,
      targets: [],
    },
    {
      when: 'the port is named',
      yaml: service('a', `${SELECT}, ports: [{name: http, port: 80, targetPort: web}]`) + POD,
      proxy: ECHO,
      targets: ['a:80→9000'],
    },
    {
      when: 'no container has the named port',
      yaml: service('a', `${SELECT}, ports: [{name: http, port: 80, targetPort: nope}, {name: tcp, port: 81}]`) + POD,
      proxy: ECHO,
      targets: ['a:81→81'],
    },
    {
      when: 'the port is UDP',
      yaml: service('a', `${SELECT}, ports: [{name: x, port: 53, protocol: UDP}]`) + POD,
      proxy: ECHO,
      targets: [],
    },
    {
      when: 'two ports of one protocol lead to one port',
      yaml:
        service(
          'a',
          `${SELECT}, ports: [{name: http, port: 80, targetPort: 8080}, {name: http-x, port: 81, targetPort: 8080}, {name: tcp, port: 82, targetPort: 8080}]`,
        ) + POD,
      proxy: ECHO,
      targets: ['a:80→8080', 'a:82→8080'],
    },
    {
      when: 'several services select it',
      yaml: service('b', `${SELECT}, ${PORTS}`) + service('a', `${SELECT}, ${PORTS}`) + POD,
      proxy: ECHO,
      targets: ['a:80→8080', 'b:80→8080'],
    },
    {
      when: 'the service is headless',
      yaml: service('a', `clusterIP: None, ${SELECT}, ${PORTS}`) + POD,
      proxy: ECHO,
      targets: ['a:80→8080'],
    },
    { when: 'a slice lists it', yaml: service('a', PORTS) + SLICE, proxy: ECHO, targets: ['a:80→7000'] },
    {
      when: 'its WorkloadEntry has its address',
      yaml: service('a', `${SELECT}, ${PORTS}`) + workload('w', 'address: 10.2.0.1'),
      proxy: VM,
      targets: ['a:80→8080'],
    },
    {
      when: 'its WorkloadEntry has a port of its own',
      yaml: service('a', `${SELECT}, ${PORTS}`) + workload('w', 'address: 10.2.0.1, ports: {http: 99}'),
      proxy: VM,
      targets: ['a:80→99'],
    },
    {
      when: 'its WorkloadEntry has its name only',
      yaml: service('a', `${SELECT}, ${PORTS}`) + workload('anything', 'address: vm.example.com'),
      proxy: VM,
      targets: ['a:80→8080'],
    },
    {
      when: 'a headless service selects its WorkloadEntry',
      yaml: service('a', `clusterIP: None, ${SELECT}, ${PORTS}`) + workload('w', 'address: 10.2.0.1'),
      proxy: VM,
      targets: [],
    },
    {
      when: 'a ServiceEntry selects its WorkloadEntry',
      yaml:
        serviceEntry('workloadSelector: {labels: {app: echo}}') + workload('w', 'address: 10.2.0.1, ports: {http: 99}'),
      proxy: VM,
      targets: ['e.com:80→99'],
    },
    {
      when: 'a ServiceEntry lists its address',
      yaml: serviceEntry('endpoints: [{address: 10.2.0.1, ports: {http: 99}}]'),
      proxy: VM,
      targets: ['e.com:80→99'],
    },
    {
      when: 'that ServiceEntry is elsewhere',
      yaml: serviceEntry('endpoints: [{address: 10.2.0.1}]', 'other'),
      proxy: VM,
      targets: [],
    },
    {
      when: 'nobody knows it, but its labels are selected',
      yaml: service('a', `${SELECT}, ${PORTS}`),
      proxy: STRANGER,
      targets: ['a:80→8080'],
    },
    {
      when: 'nobody knows it, and a port is named',
      yaml: service('a', `${SELECT}, ports: [{name: http, port: 80, targetPort: web}]`),
      proxy: STRANGER,
      targets: [],
    },
    {
      when: 'its Pod is known, whatever it says of itself',
      yaml: service('a', 'selector: {app: said}, ports: [{name: http, port: 80}]') + POD,
      proxy: { ...ECHO, labels: { app: 'said' } },
      targets: [],
    },
    {
      when: 'an alias has its labels',
      yaml: service('a', `type: ExternalName, externalName: x.com, ${SELECT}, ${PORTS}`) + POD,
      proxy: ECHO,
      targets: [],
    },
  ])('lists what a proxy serves when $when', async ({ yaml, proxy, targets }) => {
    const { world } = await startMemoryWorld({ yaml });
    const found = listServiceTargets(world.snapshot, proxy);
    expect(found.map(({ service, port, targetPort }) => `${service.name}:${port.number}→${targetPort}`)).toEqual(
      targets,
    );
  });
});
