import { describe, expect, it } from 'vitest';
import { readSpecIssues } from '../../../test/support/issues.ts';

describe('Gateway: issues when', () => {
  it.each([
    {
      when: 'there are no servers',
      spec: `
servers: []
`,
      issues: ['1:10 error VALUE_RANGE spec.servers is empty, expected at least 1 entry'],
    },
    {
      when: 'servers are incomplete',
      spec: `
servers:
- port: {number: 80, name: http, protocol: HTTPX}
  hosts: []
- hosts: [a]
`,
      issues: [
        '2:44 error PROTOCOL_UNKNOWN spec.servers[0].port.protocol is "HTTPX", expected HTTP, HTTP2, HTTPS, GRPC, GRPC-WEB, TLS, TCP, MONGO, MYSQL or REDIS',
        '3:10 error VALUE_RANGE spec.servers[0].hosts is empty, expected at least 1 entry',
        '4:3 error FIELD_MISSING spec.servers[1].port is missing, but required',
      ],
    },
    {
      when: 'hosts are none that gateways serve',
      spec: `
servers:
- port: {number: 80, name: http, protocol: HTTP}
  hosts: ["a", "x y/a.com", "*a.com", "~/a.com", "./*", "ns/*.a.com", "*/*", 1.2.3.4]
`,
      issues: [
        '3:11 error GW_HOST_INVALID spec.servers[0].hosts[0] is "a", but names without a dot mean nothing at gateways: write the full name',
        '3:16 error GW_HOST_INVALID spec.servers[0].hosts[1] is "x y/a.com", expected a namespace, "." or "*" before the slash',
        '3:29 error GW_HOST_INVALID spec.servers[0].hosts[2] is "*a.com", but "*" can only stand for whole labels',
        '3:39 error GW_HOST_INVALID spec.servers[0].hosts[3] is "~/a.com", expected a namespace, "." or "*" before the slash',
      ],
    },
    {
      when: 'ports are wrong',
      spec: `
servers:
- port: {number: 80, name: http, protocol: HTTP, targetPort: 1}
  hosts: ["*"]
  defaultEndpoint: 127.0.0.1:1
- port: {number: 0, name: http, protocol: HTTP}
  hosts: ["*"]
- port: {number: 80, name: u, protocol: HTTP}
  bind: unix:///a
  hosts: ["*"]
`,
      issues: [
        '2:50 error TARGET_PORT targetPort cannot be given here: the proxy listens on number',
        '4:3 warning FIELD_IGNORED defaultEndpoint has no effect at gateways',
        '5:18 error VALUE_RANGE spec.servers[1].port.number is 0, expected a number from 1 to 65535',
        '5:27 error GW_PORT_NAME_REPEATED port name "http" is used by more than one server',
        '7:18 error VALUE_RANGE spec.servers[2].port.number is 80, expected 0 for a Unix socket',
      ],
    },
    {
      when: 'a server binds nothing',
      spec: `
servers:
- port: {number: 81, name: v, protocol: HTTP}
  bind: foo
  hosts: ["*"]
`,
      issues: [
        '3:9 error ADDRESS_INVALID spec.servers[0].bind is "foo", expected an IP address, or unix:// and an absolute path of at most 107 bytes',
      ],
    },
    {
      when: 'TLS is missing, or there where nothing is encrypted',
      spec: `
servers:
- port: {number: 443, name: a, protocol: HTTPS}
  hosts: ["*"]
- port: {number: 80, name: b, protocol: HTTP}
  hosts: ["*"]
  tls: {mode: SIMPLE, credentialName: x}
- port: {number: 81, name: c, protocol: TCP}
  hosts: ["*"]
  tls: {httpsRedirect: true}
- port: {number: 82, name: d, protocol: HTTP}
  hosts: ["*"]
  tls: {httpsRedirect: true}
`,
      issues: [
        '2:3 error GW_TLS_MISSING spec.servers[0] speaks HTTPS, so it needs tls',
        '6:8 error GW_TLS_UNEXPECTED spec.servers[1] speaks HTTP, which is not encrypted: tls may only say httpsRedirect',
        '9:8 error GW_TLS_UNEXPECTED spec.servers[2] speaks TCP, which is not encrypted',
      ],
    },
    {
      when: 'certificates are missing',
      spec: `
servers:
- port: {number: 443, name: a, protocol: HTTPS}
  hosts: ["*"]
  tls: {mode: SIMPLE}
- port: {number: 443, name: b, protocol: TLS}
  hosts: ["*"]
  tls: {mode: MUTUAL, serverCertificate: /a, privateKey: /b}
- port: {number: 443, name: c, protocol: HTTPS}
  hosts: ["*"]
  tls: {mode: SIMPLE, serverCertificate: /a}
- port: {number: 443, name: d, protocol: HTTPS}
  hosts: ["*"]
  tls: {mode: SIMPLE, tlsCertificates: [{serverCertificate: /a}]}
`,
      issues: [
        '4:8 error GW_CREDENTIAL_MISSING mode SIMPLE needs a certificate: a credentialName, or serverCertificate and privateKey',
        '7:8 error GW_CREDENTIAL_MISSING mode MUTUAL checks clients, so it needs caCertificates or a credentialName',
        '10:8 error GW_CREDENTIAL_MISSING privateKey is missing, but a certificate and its key come together',
        '13:41 error GW_CREDENTIAL_MISSING a certificate needs both serverCertificate and privateKey',
      ],
    },
    {
      when: 'certificates come from two sources',
      spec: `
servers:
- port: {number: 443, name: a, protocol: HTTPS}
  hosts: ["*"]
  tls: {mode: SIMPLE, credentialName: x, serverCertificate: /a}
- port: {number: 443, name: b, protocol: HTTPS}
  hosts: ["*"]
  tls: {mode: ISTIO_MUTUAL, credentialName: x, httpsRedirect: true}
- port: {number: 443, name: c, protocol: HTTPS}
  hosts: ["*"]
  tls: {mode: PASSTHROUGH, credentialName: x}
- port: {number: 443, name: d, protocol: HTTPS}
  hosts: ["*"]
  tls: {mode: MUTUAL, credentialName: x, caCrl: /a}
`,
      issues: [
        '4:23 error TLS_TWO_SOURCES certificates come from either serverCertificate or credentialName, not from both',
        "7:29 error TLS_TWO_SOURCES credentialName cannot stand beside mode ISTIO_MUTUAL, which uses the mesh's own certificates",
        '7:48 warning FIELD_IGNORED httpsRedirect has no effect on a server that is not plain HTTP',
        '10:28 warning FIELD_IGNORED credentialName has no effect with mode PASSTHROUGH, which does not open connections',
        '13:42 error TLS_TWO_SOURCES caCrl cannot stand beside credentialName: put ca.crl into the secret',
      ],
    },
    {
      when: 'versions and ciphers do not fit',
      spec: `
servers:
- port: {number: 443, name: a, protocol: HTTPS}
  hosts: ["*"]
  tls: {mode: SIMPLE, credentialName: x, minProtocolVersion: TLSV1_0}
- port: {number: 443, name: b, protocol: HTTPS}
  hosts: ["*"]
  tls: {mode: SIMPLE, credentialName: x, minProtocolVersion: TLSV1_3, maxProtocolVersion: TLSV1_2, cipherSuites: [AES128-SHA, AES128-SHA, FOO, "-ALL"]}
`,
      issues: [
        '4:62 warning TLS_VERSION_OLD TLSV1_0 needs ciphers that are off by default: name them in cipherSuites',
        '7:91 error VALUE_RANGE maxProtocolVersion TLSV1_2 is below minProtocolVersion TLSV1_3',
        '7:127 warning TLS_CIPHER cipher "AES128-SHA" is named twice',
        '7:139 warning TLS_CIPHER cipher "FOO" is not known and is left out',
      ],
    },
    {
      when: 'hashes are none',
      spec: `
servers:
- port: {number: 443, name: a, protocol: HTTPS}
  hosts: ["*"]
  tls: {mode: SIMPLE, credentialName: a, verifyCertificateHash: [x], verifyCertificateSpki: [y], credentialNames: []}
`,
      issues: [
        '4:66 error TLS_HASH spec.servers[0].tls.verifyCertificateHash[0] is "x", expected 64 hexadecimal digits, perhaps in pairs with colons between',
        '4:94 error TLS_HASH spec.servers[0].tls.verifyCertificateSpki[0] is "y", expected the base64 of 32 bytes',
        '4:115 error VALUE_RANGE spec.servers[0].tls.credentialNames is empty, expected at least 1 entry',
      ],
    },
  ])('$when', ({ spec, issues }) => {
    expect(readSpecIssues('Gateway', spec)).toEqual(issues);
  });
});
