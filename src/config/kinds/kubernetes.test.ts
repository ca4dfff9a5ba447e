import { describe, expect, it } from 'vitest';
import { readIssues, readValue } from '../../../test/support/issues.ts';

const META = {
  namespace: 'b',
  name: 'a',
  labels: {},
  annotations: {},
  createdMs: 0,
  revision: '1',
  origin: { kind: 'file', file: 'test.yaml', line: 1, column: 1 },
};

describe("Kubernetes' kinds: what becomes of", () => {
  it.each([
    {
      what: 'a Service with everything',
      text: `
apiVersion: v1
kind: Service
metadata: {name: a, namespace: b, resourceVersion: "1"}
spec:
  type: LoadBalancer
  selector: {app: a}
  clusterIP: 10.0.0.1
  clusterIPs: [10.0.0.1, "fd00::1"]
  internalTrafficPolicy: Local
  trafficDistribution: PreferClose
  publishNotReadyAddresses: true
  sessionAffinity: None
  ports:
  - {name: http, port: 80, targetPort: web, appProtocol: http2, nodePort: 30080}
  - {name: dns, port: 53, protocol: UDP, targetPort: 5353}
status: {loadBalancer: {}}
`,
      value: {
        meta: { kind: 'Service', ...META },
        type: 'LoadBalancer',
        clusterIPs: ['10.0.0.1', 'fd00::1'],
        headless: false,
        ports: [
          { name: 'http', port: 80, protocol: 'TCP', appProtocol: 'http2', targetPort: 'web', nodePort: 30080 },
          { name: 'dns', port: 53, protocol: 'UDP', targetPort: 5353 },
        ],
        selector: { app: 'a' },
        publishNotReadyAddresses: true,
        internalTrafficLocal: true,
        trafficDistribution: 'PreferClose',
      },
    },
    {
      what: 'a headless Service',
      text: `
apiVersion: v1
kind: Service
metadata: {name: a, namespace: b, resourceVersion: "1"}
spec: {clusterIP: None, ports: [{port: 80}]}
`,
      value: {
        meta: { kind: 'Service', ...META },
        type: 'ClusterIP',
        clusterIPs: [],
        headless: true,
        ports: [{ name: '', port: 80, protocol: 'TCP' }],
        publishNotReadyAddresses: false,
        internalTrafficLocal: false,
      },
    },
    {
      what: 'an EndpointSlice',
      text: `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: a, namespace: b, resourceVersion: "1"}
addressType: IPv6
endpoints:
- addresses: ["fd00::1"]
  conditions: {ready: true, terminating: null}
  nodeName: n
  zone: z
  targetRef: {kind: Pod, name: p}
- addresses: []
ports: [{name: http, port: 8080}, {}]
`,
      value: {
        meta: { kind: 'EndpointSlice', ...META },
        addressType: 'IPv6',
        endpoints: [
          {
            addresses: ['fd00::1'],
            ready: true,
            nodeName: 'n',
            zone: 'z',
            target: { kind: 'Pod', namespace: 'b', name: 'p' },
          },
          { addresses: [] },
        ],
        ports: [
          { name: 'http', port: 8080, protocol: 'TCP' },
          { name: '', protocol: 'TCP' },
        ],
      },
    },
    {
      what: 'a Pod of an API server',
      text: `
apiVersion: v1
kind: Pod
metadata:
  name: a
  namespace: b
  resourceVersion: "1"
  deletionTimestamp: "2026-01-01T00:00:00Z"
  generateName: r-
  ownerReferences: [{kind: X, name: x}, {kind: ReplicaSet, name: r, controller: true}]
spec:
  serviceAccountName: sa
  nodeName: n
  containers: [{name: app, ports: [{name: web, containerPort: 8080}]}]
  initContainers:
  - {name: proxy, restartPolicy: Always, ports: [{name: admin, containerPort: 15000, protocol: UDP}]}
  - {name: setup, ports: [{name: never, containerPort: 1}]}
status:
  phase: Running
  podIP: 10.0.0.1
  podIPs: [{ip: 10.0.0.1}, {ip: "fd00::1"}]
  conditions: [{type: Ready, status: "False"}]
`,
      value: {
        meta: { kind: 'Pod', ...META },
        ips: ['10.0.0.1', 'fd00::1'],
        phase: 'Running',
        ready: false,
        deleting: true,
        serviceAccount: 'sa',
        nodeName: 'n',
        ports: [
          { name: 'web', port: 8080, protocol: 'TCP' },
          { name: 'admin', port: 15000, protocol: 'UDP' },
        ],
        owner: { kind: 'ReplicaSet', name: 'r' },
      },
    },
    {
      what: 'a Pod that a person wrote',
      text: `
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: b, resourceVersion: "1"}
status: {podIP: 127.0.0.5}
`,
      value: {
        meta: { kind: 'Pod', ...META },
        ips: ['127.0.0.5'],
        phase: 'Running',
        ready: true,
        deleting: false,
        serviceAccount: 'default',
        nodeName: '',
        ports: [],
      },
    },
    {
      what: 'a Namespace',
      text: `
apiVersion: v1
kind: Namespace
metadata: {name: a, namespace: ignored, resourceVersion: "1"}
`,
      value: { meta: { kind: 'Namespace', ...META, namespace: '' } },
    },
    {
      what: 'a ConfigMap',
      text: `
apiVersion: v1
kind: ConfigMap
metadata: {name: a, namespace: b, resourceVersion: "1"}
data: {mesh: "a: 1"}
`,
      value: { meta: { kind: 'ConfigMap', ...META }, data: { mesh: 'a: 1' } },
    },
  ])('$what', ({ text, value }) => {
    expect(readValue(text)).toEqual(value);
  });

  it('lets unknown fields through and refuses wrong types', () => {
    const text =
      'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  anything: {goes: 1}\n  ports: [{name: x}, {port: x}]\n  selector: [a]\n';
    expect(readIssues(text)).toEqual([
      '6:29 error FIELD_TYPE spec.ports[1].port is a text, expected a whole number',
      '7:13 error FIELD_TYPE spec.selector is a list, expected an object',
    ]);
  });

  it('misses the number of a port', () => {
    expect(readIssues('apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports: [{name: x}]\n')).toEqual([
      '5:11 error FIELD_MISSING spec.ports[0].port is missing, but required',
    ]);
  });

  it('reads a target port of 0 as none', () => {
    const text = 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports: [{port: 1, targetPort: 0}]\n';
    expect(readValue(text)).toMatchObject({ ports: [{ name: '', port: 1, protocol: 'TCP' }] });
  });

  it.each([
    {
      what: 'ports of a Service',
      head: 'apiVersion: v1\nkind: Service\nmetadata: {name: a}',
      fields: 'spec:\n  ports: [{port: 0}, {port: 65536}, {port: 1, targetPort: -1}, {port: 1, targetPort: 99999}]',
      issues: [
        '5:18 error VALUE_RANGE spec.ports[0].port is 0, expected a number of at least 1',
        '5:29 error VALUE_RANGE spec.ports[1].port is 65536, expected a number of at most 65535',
        '5:59 error VALUE_RANGE spec.ports[2].targetPort is -1, expected a number of at least 0',
        '5:86 error VALUE_RANGE spec.ports[3].targetPort is 99999, expected a number of at most 65535',
      ],
    },
    {
      what: 'addresses of a Service',
      head: 'apiVersion: v1\nkind: Service\nmetadata: {name: a}',
      fields: 'spec: {clusterIP: 300.1.1.1, clusterIPs: [None, x], externalIPs: [y]}',
      issues: [
        '4:19 error ADDRESS_INVALID spec.clusterIP is "300.1.1.1", expected an IP address or None',
        '4:49 error ADDRESS_INVALID spec.clusterIPs[1] is "x", expected an IP address or None',
        '4:67 error ADDRESS_INVALID spec.externalIPs[0] is "y", expected an IP address',
      ],
    },
    {
      what: 'addresses and ports of a Pod',
      head: 'apiVersion: v1\nkind: Pod\nmetadata: {name: a}',
      fields: 'spec: {containers: [{ports: [{containerPort: 0}]}]}\nstatus: {podIP: 999.1.1.1, podIPs: [{ip: x}]}',
      issues: [
        '4:46 error VALUE_RANGE spec.containers[0].ports[0].containerPort is 0, expected a number of at least 1',
        '5:17 error ADDRESS_INVALID status.podIP is "999.1.1.1", expected an IP address',
        '5:42 error ADDRESS_INVALID status.podIPs[0].ip is "x", expected an IP address',
      ],
    },
    {
      what: 'ports of an EndpointSlice',
      head: 'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a}',
      fields: 'ports: [{port: 0}, {port: 65536}]',
      issues: [
        '4:16 error VALUE_RANGE ports[0].port is 0, expected a number of at least 1',
        '4:27 error VALUE_RANGE ports[1].port is 65536, expected a number of at most 65535',
      ],
    },
    {
      what: 'addresses of an EndpointSlice of IPv4',
      head: 'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a}',
      fields: 'endpoints: [{addresses: [10.0.0.1, nope]}, {addresses: ["fd00::1", ""]}]',
      issues: [
        '4:36 error ADDRESS_INVALID endpoints[0].addresses[1] is "nope", expected an IPv4 address, as addressType says',
        '4:57 error ADDRESS_INVALID endpoints[1].addresses[0] is "fd00::1", expected an IPv4 address, as addressType says',
        '4:68 error ADDRESS_INVALID endpoints[1].addresses[1] is "", expected an IPv4 address, as addressType says',
      ],
    },
    {
      what: 'addresses of an EndpointSlice of IPv6',
      head: 'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a}\naddressType: IPv6',
      fields: 'endpoints: [{addresses: [10.0.0.1/32]}]',
      issues: [
        '5:26 error ADDRESS_INVALID endpoints[0].addresses[0] is "10.0.0.1/32", expected an IPv6 address, as addressType says',
      ],
    },
    {
      what: 'names of an EndpointSlice',
      head: 'apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: a}\naddressType: FQDN',
      fields: 'endpoints: [{addresses: [a.test, "a b"]}]',
      issues: [
        '5:34 error ADDRESS_INVALID endpoints[0].addresses[1] is "a b", expected a host name, as addressType says',
      ],
    },
  ])('refuses $what that are none', ({ head, fields, issues }) => {
    expect(readIssues(`${head}\n${fields}\n`)).toEqual(issues);
  });
});
