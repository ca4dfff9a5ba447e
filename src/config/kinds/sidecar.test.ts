import { expect, it } from 'vitest';
import { readValue } from '../../../test/support/issues.ts';

const YAML = `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: default, namespace: bookinfo, resourceVersion: "1"}
spec:
  workloadSelector: {labels: {app: reviews}}
  ingress:
  - port: {number: 9080, protocol: HTTP, name: http}
    bind: 127.0.2.1
    captureMode: NONE
    defaultEndpoint: 127.0.0.1:18080
    connectionPool: {http: {maxRetries: 1}}
  - port: {number: 9443, protocol: HTTPS}
    defaultEndpoint: unix:///run/app.sock
    tls: {mode: SIMPLE, serverCertificate: /c, privateKey: /k}
  - {port: {number: 1}, defaultEndpoint: "[::]:2"}
  egress:
  - port: {number: 9080, protocol: HTTP, name: egress}
    bind: 127.0.3.1
    captureMode: IPTABLES
    hosts: ["./*", "other/ratings.other.svc.cluster.local", "~x/*"]
  - port: {protocol: TCP}
    bind: unix:///run/a.sock
    hosts: ["~/*"]
  - hosts: ["*/*.local", "~*/a.b"]
  inboundConnectionPool: {tcp: {maxConnections: 3}}
  outboundTrafficPolicy: {mode: ALLOW_ANY, egressProxy: {host: proxy, port: {number: 3128}, subset: a}}
`;

it('reads every field of a Sidecar', () => {
  expect(readValue(YAML)).toEqual({
    meta: {
      kind: 'Sidecar',
      name: 'default',
      namespace: 'bookinfo',
      labels: {},
      annotations: {},
      createdMs: 0,
      origin: { kind: 'file', file: 'test.yaml', line: 1, column: 1 },
      revision: '1',
    },
    egress: [
      {
        captureMode: 'iptables',
        hosts: [
          { namespace: '.', host: '*', not: false },
          { namespace: 'other', host: 'ratings.other.svc.cluster.local', not: false },
          { namespace: 'x', host: '*', not: true },
        ],
        port: { number: 9080, name: 'egress', protocol: 'http' },
        bind: '127.0.3.1',
      },
      {
        captureMode: 'default',
        hosts: [{ namespace: '*', host: '*', not: true }],
        port: { number: 0, name: '', protocol: 'tcp' },
        bind: 'unix:///run/a.sock',
      },
      {
        captureMode: 'default',
        hosts: [
          { namespace: '*', host: '*.local', not: false },
          { namespace: '*', host: 'a.b', not: true },
        ],
      },
    ],
    workloadSelector: { app: 'reviews' },
    ingress: [
      {
        port: { number: 9080, name: 'http', protocol: 'http' },
        captureMode: 'none',
        bind: '127.0.2.1',
        defaultEndpoint: { kind: 'address', address: '127.0.0.1', port: 18080 },
        connectionPool: { http: { maxRetries: 1 } },
      },
      {
        port: { number: 9443, name: '', protocol: 'https' },
        captureMode: 'default',
        defaultEndpoint: { kind: 'unix', path: '/run/app.sock' },
        tls: {
          mode: 'simple',
          certificate: { kind: 'files', pairs: [{ certificate: '/c', privateKey: '/k' }] },
          subjectAltNames: [],
          verifyCertificateSpki: [],
          verifyCertificateHash: [],
          minVersion: 'TLS_AUTO',
          maxVersion: 'TLS_AUTO',
          cipherSuites: [],
          insecureSkipVerify: false,
        },
      },
      {
        port: { number: 1, name: '', protocol: 'auto' },
        captureMode: 'default',
        defaultEndpoint: { kind: 'address', address: '::', port: 2 },
      },
    ],
    outboundTrafficPolicy: {
      mode: 'allow-any',
      egressProxy: { host: 'proxy.bookinfo.svc.cluster.local', port: 3128, subset: 'a' },
    },
    inboundConnectionPool: { tcp: { maxConnections: 3 } },
  });
});

it('has a selector where one is written, though it asks for nothing', () => {
  const text = (spec: string) => `
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: { name: all, namespace: bookinfo }
spec: ${spec}
`;
  expect(readValue(text('{ workloadSelector: {}, egress: [{ hosts: ["./*"] }] }'))).toMatchObject({
    workloadSelector: {},
  });
  expect(readValue(text('{ egress: [{ hosts: ["./*"] }] }'))).not.toHaveProperty('workloadSelector');
});
