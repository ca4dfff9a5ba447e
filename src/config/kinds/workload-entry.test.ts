import { expect, it } from 'vitest';
import { readValue } from '../../../test/support/issues.ts';

const YAML = `
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: {name: vm, namespace: apps, resourceVersion: "1", labels: {app: outer, extra: "1"}}
spec:
  address: vm.example.com
  ports: {http: 8080}
  labels: {app: inner, version: v1}
  network: net
  locality: a/b
  weight: 0
  serviceAccount: sa
status:
  conditions: [{type: Ready, status: "True"}, {type: Healthy, status: "False"}]
`;

it('reads every field of a WorkloadEntry', () => {
  expect(readValue(YAML)).toEqual({
    meta: {
      kind: 'WorkloadEntry',
      name: 'vm',
      namespace: 'apps',
      labels: { app: 'outer', extra: '1' },
      annotations: {},
      createdMs: 0,
      origin: { kind: 'file', file: 'test.yaml', line: 1, column: 1 },
      revision: '1',
    },
    address: 'vm.example.com',
    ports: { http: 8080 },
    labels: { app: 'outer', version: 'v1', extra: '1' },
    network: 'net',
    locality: 'a/b',
    weight: 1,
    serviceAccount: 'sa',
    healthy: false,
  });
});
