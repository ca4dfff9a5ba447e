import { describe, expect, it } from 'vitest';
import { readSpecIssues, readValue } from '../../../test/support/issues.ts';

const YAML = `
apiVersion: networking.istio.io/v1
kind: WorkloadGroup
metadata: {name: vms, namespace: apps, resourceVersion: "1"}
spec:
  metadata: {labels: {app: vm}, annotations: {note: "1"}}
  template: {ports: {http: 8080}, network: net, labels: {version: v1}}
  probe: {periodSeconds: 4, httpGet: {path: /ready, port: 8080, scheme: HTTPS, httpHeaders: [{name: X-A, value: b}]}}
`;

it('reads every field of a WorkloadGroup', () => {
  expect(readValue(YAML)).toEqual({
    meta: expect.objectContaining({ kind: 'WorkloadGroup', name: 'vms', namespace: 'apps' }),
    template: {
      address: '',
      ports: { http: 8080 },
      labels: { version: 'v1' },
      network: 'net',
      locality: '',
      weight: 1,
      serviceAccount: 'default',
    },
    labels: { app: 'vm' },
    annotations: { note: '1' },
    probe: {
      periodSeconds: 4,
      httpGet: { path: '/ready', port: 8080, scheme: 'HTTPS', httpHeaders: [{ name: 'X-A', value: 'b' }] },
    },
  });
});

describe('WorkloadGroup: issues when', () => {
  it.each([
    {
      when: 'it has no template',
      spec: 'metadata: {}',
      issues: ['1:1 error FIELD_MISSING spec.template is missing, but required'],
    },
    { when: 'the template is empty, none', spec: 'template: {}', issues: [] },
    {
      when: 'the template has an address and a bad port',
      spec: 'template: {address: 1.1.1.1, ports: {"a b": 1}}',
      issues: [
        '1:12 warning FIELD_IGNORED each workload of the group has an address of its own',
        '1:38 error NAME_INVALID "a b" is no name of a port',
      ],
    },
    {
      when: 'the probe does nothing',
      spec: 'template: {}\nprobe: {periodSeconds: 1}',
      issues: ['2:8 error FIELD_MISSING spec.probe needs one of httpGet, tcpSocket, exec, grpc'],
    },
    {
      when: 'the probe does two things, one of them wrong',
      spec: 'template: {}\nprobe: {exec: {command: [a]}, tcpSocket: {port: 0}}',
      issues: [
        '2:9 error FIELD_EXCLUSIVE spec.probe may have only one of tcpSocket and exec',
        '2:49 error VALUE_RANGE spec.probe.tcpSocket.port is 0, expected a number of at least 1',
      ],
    },
  ])('$when', ({ spec, issues }) => {
    expect(readSpecIssues('WorkloadGroup', spec)).toEqual(issues);
  });
});
