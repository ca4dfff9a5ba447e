import { expect, it } from 'vitest';
import { readValue } from '../../../test/support/issues.ts';

const YAML = `
apiVersion: networking.istio.io/v1alpha3
kind: Gateway
metadata: {name: gw, namespace: edge, resourceVersion: "1"}
spec:
  selector: {istio: ingressgateway}
  servers:
  - port: {number: 80, name: http, protocol: http2}
    hosts: ["./a.com", "*/b.com", ns/*.c.com, d.com]
    bind: 10.0.0.1
    name: plain
    tls: {httpsRedirect: true}
  - port: {number: 443, name: https, protocol: HTTPS}
    hosts: ["a.com", "*/*"]
    tls:
      mode: OPTIONAL_MUTUAL
      credentialName: cred
      caCertCredentialName: ca
      subjectAltNames: [x]
      verifyCertificateSpki: [AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=]
      verifyCertificateHash: [a000000000000000000000000000000000000000000000000000000000000000]
      minProtocolVersion: TLSV1_2
      maxProtocolVersion: TLSV1_3
      cipherSuites: [ECDHE-RSA-AES128-GCM-SHA256]
      insecureSkipVerify: true
  - port: {number: 444, name: two, protocol: HTTPS}
    hosts: ["*"]
    tls: {mode: SIMPLE, credentialNames: [rsa, ecdsa]}
  - port: {number: 445, name: files, protocol: TLS}
    hosts: ["*"]
    tls: {mode: MUTUAL, serverCertificate: /c, privateKey: /k, caCertificates: /ca, caCrl: /crl}
  - port: {number: 446, name: pairs, protocol: TLS}
    hosts: ["*"]
    tls: {mode: SIMPLE, tlsCertificates: [{serverCertificate: /c1, privateKey: /k1}, {serverCertificate: /c2, privateKey: /k2}]}
  - port: {number: 447, name: pass, protocol: TLS}
    hosts: ["*.e.com"]
    tls: {}
  - port: {number: 448, name: auto, protocol: TLS}
    hosts: ["*.local"]
    tls: {mode: AUTO_PASSTHROUGH}
  - port: {number: 449, name: mesh, protocol: TLS}
    hosts: ["*"]
    tls: {mode: ISTIO_MUTUAL, subjectAltNames: [y]}
  - port: {number: 0, name: uds, protocol: TCP}
    hosts: ["*"]
    bind: unix:///run/a.sock
`;

it('reads every field of a Gateway', () => {
  expect(readValue(YAML)).toEqual({
    meta: {
      kind: 'Gateway',
      name: 'gw',
      namespace: 'edge',
      labels: {},
      annotations: {},
      createdMs: 0,
      origin: { kind: 'file', file: 'test.yaml', line: 1, column: 1 },
      revision: '1',
    },
    servers: [
      {
        port: { number: 80, name: 'http', protocol: 'http2' },
        hosts: ['edge/a.com', 'b.com', 'ns/*.c.com', 'd.com'],
        httpsRedirect: true,
        bind: '10.0.0.1',
        name: 'plain',
      },
      {
        port: { number: 443, name: 'https', protocol: 'https' },
        hosts: ['*'],
        httpsRedirect: false,
        tls: {
          mode: 'optional-mutual',
          certificate: { kind: 'credential', names: ['cred'], caName: 'ca' },
          subjectAltNames: ['x'],
          verifyCertificateSpki: ['AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='],
          verifyCertificateHash: ['a000000000000000000000000000000000000000000000000000000000000000'],
          minVersion: 'TLSV1_2',
          maxVersion: 'TLSV1_3',
          cipherSuites: ['ECDHE-RSA-AES128-GCM-SHA256'],
          insecureSkipVerify: true,
        },
      },
      {
        port: { number: 444, name: 'two', protocol: 'https' },
        hosts: ['*'],
        httpsRedirect: false,
        tls: {
          mode: 'simple',
          certificate: { kind: 'credential', names: ['rsa', 'ecdsa'] },
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
        port: { number: 445, name: 'files', protocol: 'tls' },
        hosts: ['*'],
        httpsRedirect: false,
        tls: {
          mode: 'mutual',
          certificate: {
            kind: 'files',
            pairs: [{ certificate: '/c', privateKey: '/k' }],
            caCertificates: '/ca',
            caCrl: '/crl',
          },
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
        port: { number: 446, name: 'pairs', protocol: 'tls' },
        hosts: ['*'],
        httpsRedirect: false,
        tls: {
          mode: 'simple',
          certificate: {
            kind: 'files',
            pairs: [
              { certificate: '/c1', privateKey: '/k1' },
              { certificate: '/c2', privateKey: '/k2' },
            ],
          },
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
        port: { number: 447, name: 'pass', protocol: 'tls' },
        hosts: ['*.e.com'],
        httpsRedirect: false,
        tls: {
          mode: 'passthrough',
          certificate: { kind: 'none' },
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
        port: { number: 448, name: 'auto', protocol: 'tls' },
        hosts: ['*.local'],
        httpsRedirect: false,
        tls: {
          mode: 'auto-passthrough',
          certificate: { kind: 'none' },
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
        port: { number: 449, name: 'mesh', protocol: 'tls' },
        hosts: ['*'],
        httpsRedirect: false,
        tls: {
          mode: 'istio-mutual',
          certificate: { kind: 'none' },
          subjectAltNames: ['y'],
          verifyCertificateSpki: [],
          verifyCertificateHash: [],
          minVersion: 'TLS_AUTO',
          maxVersion: 'TLS_AUTO',
          cipherSuites: [],
          insecureSkipVerify: false,
        },
      },
      {
        port: { number: 0, name: 'uds', protocol: 'tcp' },
        hosts: ['*'],
        httpsRedirect: false,
        bind: 'unix:///run/a.sock',
      },
    ],
    selector: { istio: 'ingressgateway' },
  });
});
