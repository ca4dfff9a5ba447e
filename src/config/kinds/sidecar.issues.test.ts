import { describe, expect, it } from 'vitest';
import { readSpecIssues } from '../../../test/support/issues.ts';

describe('Sidecar: issues when', () => {
  it.each([
    {
      when: 'it says nothing',
      spec: `
{}
`,
      issues: [
        '1:1 error SIDECAR_EMPTY the Sidecar says nothing: expected ingress, egress, outboundTrafficPolicy or inboundConnectionPool',
      ],
    },
    {
      when: 'its selector is empty',
      spec: `
workloadSelector: {}
egress: [{hosts: ["./*"]}]
`,
      issues: [
        '1:19 warning SELECTOR_EMPTY spec.workloadSelector has no labels, so it picks every workload of the namespace',
      ],
    },
    {
      when: 'ingress ports are wrong',
      spec: `
ingress:
- port: {number: 80, protocol: HTTP, targetPort: 2}
  defaultEndpoint: 127.0.0.2:80
- port: {number: 80, protocol: TCP}
  connectionPool: {http: {maxRetries: 1}}
- port: {protocol: TCP}
`,
      issues: [
        '2:38 error TARGET_PORT targetPort cannot be given here: the proxy listens on number',
        '3:20 error ADDRESS_INVALID spec.ingress[0].defaultEndpoint is "127.0.0.2:80", expected 127.0.0.1:port, 0.0.0.0:port, [::1]:port, [::]:port or unix://path of at most 107 bytes',
        '4:18 error SIDECAR_PORT_REPEATED port 80 is used by more than one ingress listener',
        '5:20 warning FIELD_IGNORED connectionPool.http has no effect on a port of protocol TCP',
        '6:9 error VALUE_RANGE spec.ingress[2].port.number is missing or 0, expected a number from 1 to 65535',
      ],
    },
    {
      when: 'ingress has TLS that only gateways have',
      spec: `
ingress:
- port: {number: 80, protocol: TCP}
  tls: {mode: ISTIO_MUTUAL, credentialName: a, httpsRedirect: true}
`,
      issues: [
        '3:8 error SIDECAR_TLS spec.ingress[0].tls needs a port of protocol HTTPS or TLS',
        '3:15 error SIDECAR_TLS mode ISTIO_MUTUAL is not possible at sidecars',
        '3:29 error SIDECAR_TLS credentialName is not possible at sidecars',
        "3:29 error TLS_TWO_SOURCES credentialName cannot stand beside mode ISTIO_MUTUAL, which uses the mesh's own certificates",
        '3:48 error SIDECAR_TLS httpsRedirect is not possible at sidecars',
      ],
    },
    {
      when: 'ingress binds nothing by no protocol',
      spec: `
ingress: [{bind: x, port: {number: 1, protocol: foo}}]
`,
      issues: [
        '1:18 error ADDRESS_INVALID spec.ingress[0].bind is "x", expected an IP address',
        '1:49 error PROTOCOL_UNKNOWN spec.ingress[0].port.protocol is "foo", expected HTTP, HTTP2, HTTPS, GRPC, GRPC-WEB, TLS, TCP, MONGO, MYSQL or REDIS',
      ],
    },
    {
      when: 'egress hosts are wrong or repeated',
      spec: `
egress:
- port: {number: 1, protocol: HTTP}
  hosts: ["./a", "./a", "~/*", "~ns/a.com", "*/*", "x/a*b", a]
`,
      issues: [
        '3:10 warning SIDECAR_HOST_REPEATED spec.egress[0].hosts has "*/*", which already covers every other host',
        '3:18 warning SIDECAR_HOST_REPEATED spec.egress[0].hosts[1] is "./a", which "./a" already covers',
        '3:52 error SIDECAR_HOST_INVALID spec.egress[0].hosts[5] is "x/a*b", expected namespace/host, where the namespace may be "*", "." or begin with "~", and the host "*" or begin with "*."',
        '3:61 error SIDECAR_HOST_INVALID spec.egress[0].hosts[6] is "a", expected namespace/host, where the namespace may be "*", "." or begin with "~", and the host "*" or begin with "*."',
      ],
    },
    {
      when: "egress listeners get in each other's way",
      spec: `
egress:
- hosts: ["./*"]
- port: {number: 1, protocol: HTTP}
  hosts: ["./*"]
- port: {number: 1, protocol: HTTP}
  bind: unix:///a
  hosts: ["./*"]
- port: {number: 0, protocol: HTTP}
  hosts: ["./*"]
- port: {protocol: HTTP}
  bind: unix:///a
  captureMode: IPTABLES
  hosts: ["./*"]
`,
      issues: [
        '2:3 error SIDECAR_CATCH_ALL spec.egress[0] has no port, so it takes all that is left and must come last',
        '5:9 error SIDECAR_PORT_REPEATED port 1 is used by more than one egress listener',
        '6:9 error ADDRESS_INVALID spec.egress[2].bind is "unix:///a", expected an IP address on a port',
        '8:18 error VALUE_RANGE spec.egress[3].port.number is 0, expected a number from 1 to 65535 unless bind is unix://path',
        '12:16 error SIDECAR_SOCKET_CAPTURE connections to a Unix socket cannot be redirected: captureMode must be DEFAULT or NONE',
      ],
    },
    {
      when: 'a socket is to serve every port',
      spec: `
egress:
- bind: unix:///a
  hosts: ["./*"]
`,
      issues: [
        '2:9 error SIDECAR_SOCKET_PORT spec.egress[0] has no port, and every port of its hosts would want the socket: a Unix socket needs port.number: 0',
      ],
    },
    {
      when: 'an egress proxy is named while nothing is let out',
      spec: `
outboundTrafficPolicy: {egressProxy: {host: a}}
`,
      issues: [
        '1:25 error SIDECAR_EGRESS_PROXY egressProxy needs mode ALLOW_ANY: nothing else lets unknown traffic out',
        '1:38 error FIELD_MISSING spec.outboundTrafficPolicy.egressProxy.port is missing, but required',
      ],
    },
    {
      when: 'a mode is for the whole mesh only',
      spec: `
outboundTrafficPolicy: {mode: ALLOW_ANY_DYNAMIC_DNS}
`,
      issues: [
        '1:31 error ENUM_UNKNOWN mode ALLOW_ANY_DYNAMIC_DNS is possible only for the whole mesh, expected REGISTRY_ONLY or ALLOW_ANY',
      ],
    },
  ])('$when', ({ spec, issues }) => {
    expect(readSpecIssues('Sidecar', spec)).toEqual(issues);
  });
});
