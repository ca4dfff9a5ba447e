import { describe, expect, it } from 'vitest';
import { registryOf } from '../../../test/support/registry.ts';

const service = (spec: string) => `
apiVersion: v1
kind: Service
metadata: {name: echo, namespace: default}
spec: {selector: {app: echo}, ${spec}}
---
`;

const pod = (rest: string, { name = 'p', labels = 'app: echo', namespace = 'default', metadata = '' } = {}) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: ${namespace}, labels: {${labels}}${metadata}}
${rest}
---
`;

const entry = (spec: string, { name = 'w', labels = 'app: echo', annotations = '', status = '' } = {}) => `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: ${name}, namespace: default, annotations: {${annotations}}}
spec: {labels: {${labels}}, ${spec}}
${status}
---
`;

const listOf = (yaml: string) =>
  registryOf(yaml)
    .endpoints.of('echo.default.svc.cluster.local', 'default')
    .map(({ address, port, servicePortName, health }) => `${address}:${port} ${servicePortName} ${health}`);

const HTTP = 'ports: [{name: http, port: 80, targetPort: 8080}]';
const NAMED = 'ports: [{name: http, port: 80, targetPort: web}]';
const UP = 'status: {podIP: 10.1.0.1}';

describe('endpoints of a service without slices, among Pods', () => {
  it.each([
    { when: 'it runs', yaml: service(HTTP) + pod(UP), endpoints: ['10.1.0.1:8080 http healthy'] },
    { when: 'it has other labels', yaml: service(HTTP) + pod(UP, { labels: 'app: x' }), endpoints: [] },
    { when: 'it is in another namespace', yaml: service(HTTP) + pod(UP, { namespace: 'x' }), endpoints: [] },
    { when: 'it has no address', yaml: service(HTTP) + pod('status: {phase: Pending}'), endpoints: [] },
    { when: 'it failed', yaml: service(HTTP) + pod('status: {phase: Failed, podIP: 10.1.0.1}'), endpoints: [] },
    { when: 'it has ended', yaml: service(HTTP) + pod('status: {phase: Succeeded, podIP: 10.1.0.1}'), endpoints: [] },
    {
      when: 'it is about to go',
      yaml: service(HTTP) + pod(UP, { metadata: ', deletionTimestamp: "2026-01-01T00:00:00Z"' }),
      endpoints: [],
    },
    {
      when: 'it is not ready',
      yaml: service(HTTP) + pod('status: {podIP: 10.1.0.1, conditions: [{type: Ready, status: "False"}]}'),
      endpoints: ['10.1.0.1:8080 http unhealthy'],
    },
    {
      when: 'it is not ready, and published all the same',
      yaml:
        service(`publishNotReadyAddresses: true, ${HTTP}`) +
        pod('status: {podIP: 10.1.0.1, conditions: [{type: Ready, status: "False"}]}'),
      endpoints: ['10.1.0.1:8080 http healthy'],
    },
    {
      when: 'the port is named',
      yaml: service(NAMED) + pod(`spec: {containers: [{name: c, ports: [{name: web, containerPort: 9000}]}]}\n${UP}`),
      endpoints: ['10.1.0.1:9000 http healthy'],
    },
    {
      when: 'the port has that name in another protocol',
      yaml:
        service(NAMED) +
        pod(`spec: {containers: [{name: c, ports: [{name: web, containerPort: 9000, protocol: UDP}]}]}\n${UP}`),
      endpoints: [],
    },
    {
      when: 'the named port is of a sidecar container',
      yaml:
        service(NAMED) +
        pod(
          `spec: {initContainers: [{name: c, restartPolicy: Always, ports: [{name: web, containerPort: 9001}]}]}\n${UP}`,
        ),
      endpoints: ['10.1.0.1:9001 http healthy'],
    },
    { when: 'no container has the named port', yaml: service(NAMED) + pod(UP), endpoints: [] },
    {
      when: 'the service has several ports, the last without target',
      yaml: service('ports: [{name: http, port: 80, targetPort: 8080}, {name: tcp-x, port: 81}]') + pod(UP),
      endpoints: ['10.1.0.1:8080 http healthy', '10.1.0.1:81 tcp-x healthy'],
    },
    {
      when: 'there are several',
      yaml: service(HTTP) + pod('status: {podIP: 10.1.0.2}', { name: 'b' }) + pod(UP, { name: 'a' }),
      endpoints: ['10.1.0.1:8080 http healthy', '10.1.0.2:8080 http healthy'],
    },
    {
      when: 'the service is headless',
      yaml: service(`clusterIP: None, ${HTTP}`) + pod(UP),
      endpoints: ['10.1.0.1:8080 http healthy'],
    },
    {
      when: 'the service is an alias',
      yaml: service(`type: ExternalName, externalName: a.com, ${HTTP}`) + pod(UP),
      endpoints: [],
    },
  ])('are right when $when', ({ yaml, endpoints }) => {
    expect(listOf(yaml)).toEqual(endpoints);
  });
});

describe('endpoints of a Kubernetes service among WorkloadEntries', () => {
  it.each([
    {
      when: 'it is plain',
      yaml: service(HTTP) + entry('address: 10.2.0.1'),
      endpoints: ['10.2.0.1:8080 http unknown'],
    },
    {
      when: 'it has a port of its own',
      yaml: service(HTTP) + entry('address: 10.2.0.1, ports: {http: 9000}'),
      endpoints: ['10.2.0.1:9000 http unknown'],
    },
    {
      when: 'the target port is named and known',
      yaml: service(NAMED) + entry('address: 10.2.0.1, ports: {web: 9000}'),
      endpoints: ['10.2.0.1:9000 http unknown'],
    },
    { when: 'the target port is named and unknown', yaml: service(NAMED) + entry('address: 10.2.0.1'), endpoints: [] },
    {
      when: 'it has other labels',
      yaml: service(HTTP) + entry('address: 10.2.0.1', { labels: 'app: x' }),
      endpoints: [],
    },
    { when: 'its address is a name', yaml: service(HTTP) + entry('address: vm.example.com'), endpoints: [] },
    {
      when: 'there are Pods too',
      yaml: service(HTTP) + entry('address: 10.2.0.1') + pod(UP),
      endpoints: ['10.1.0.1:8080 http healthy', '10.2.0.1:8080 http unknown'],
    },
    {
      when: 'the service is headless',
      yaml: service(`clusterIP: None, ${HTTP}`) + entry('address: 10.2.0.1'),
      endpoints: [],
    },
    {
      when: 'it is checked, and nobody has said how it is',
      yaml: service(HTTP) + entry('address: 10.2.0.1', { annotations: 'proxy.istio.io/health-checks-enabled: "true"' }),
      endpoints: [],
    },
    {
      when: 'it is checked, and well',
      yaml:
        service(HTTP) +
        entry('address: 10.2.0.1', {
          annotations: 'proxy.istio.io/health-checks-enabled: "true"',
          status: 'status: {conditions: [{type: Healthy, status: "True"}]}',
        }),
      endpoints: ['10.2.0.1:8080 http unknown'],
    },
  ])('are right when $when', ({ yaml, endpoints }) => {
    expect(listOf(yaml)).toEqual(endpoints);
  });
});
