import { expect, it } from 'vitest';
import { readValue } from '../../../test/support/issues.ts';

const YAML = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ext, namespace: apps, resourceVersion: "1"}
spec:
  hosts: [api.example.com]
  addresses: [240.0.0.1/32, 10.0.0.0/8, "2001:db8::1/128"]
  ports:
  - {number: 443, name: https, protocol: TLS, targetPort: 8443}
  - {number: 80, name: any}
  location: MESH_INTERNAL
  resolution: STATIC
  endpoints:
  - address: 10.1.1.1
    ports: {https: 9443}
    labels: {version: v1}
    network: net
    locality: a/b/c
    weight: 5
    serviceAccount: sa
  - address: unix:///run/a.sock
  exportTo: ["~"]
  subjectAltNames: [spiffe://td/ns/apps/sa/x]
status:
  addresses: [{value: 240.240.0.5, host: api.example.com}, {value: 1}, nonsense]
`;

it('reads every field of a ServiceEntry', () => {
  expect(readValue(YAML)).toEqual({
    meta: {
      kind: 'ServiceEntry',
      name: 'ext',
      namespace: 'apps',
      labels: {},
      annotations: {},
      createdMs: 0,
      origin: { kind: 'file', file: 'test.yaml', line: 1, column: 1 },
      revision: '1',
    },
    hosts: ['api.example.com'],
    addresses: ['240.0.0.1', '10.0.0.0/8', '2001:db8::1'],
    ports: [
      { name: 'https', number: 443, protocol: 'tls', targetPort: 8443 },
      { name: 'any', number: 80, protocol: 'auto' },
    ],
    location: 'mesh-internal',
    resolution: 'static',
    endpoints: [
      {
        address: '10.1.1.1',
        ports: { https: 9443 },
        labels: { version: 'v1' },
        network: 'net',
        locality: 'a/b/c',
        weight: 5,
        serviceAccount: 'sa',
      },
      {
        address: 'unix:///run/a.sock',
        ports: {},
        labels: {},
        network: '',
        locality: '',
        weight: 1,
        serviceAccount: '',
      },
    ],
    exportTo: ['~'],
    subjectAltNames: ['spiffe://td/ns/apps/sa/x'],
    allocated: [{ host: 'api.example.com', address: '240.240.0.5' }],
  });
});
