import { describe, expect, it } from 'vitest';
import { readSpecIssues } from '../../../test/support/issues.ts';

describe('ServiceEntry: issues when', () => {
  it.each([
    {
      when: 'there are no hosts',
      spec: `
hosts: []
`,
      issues: ['1:8 error VALUE_RANGE spec.hosts is empty, expected at least 1 entry'],
    },
    {
      when: 'hosts are none',
      spec: `
hosts: ["*", "a b"]
`,
      issues: ['1:14 error HOST_INVALID spec.hosts[1] is "a b", expected a host name, or one that begins with "*."'],
    },
    {
      when: 'the host is every host',
      spec: `
hosts: ["*"]
`,
      issues: ['1:9 error SE_HOST_STAR spec.hosts[0] is "*", but a ServiceEntry cannot stand for every host'],
    },
    {
      when: 'ports repeat themselves',
      spec: `
hosts: [a.com]
ports: [{number: 1, name: a, protocol: HTTP}, {number: 1, name: a, protocol: HTTP}, {number: 2, name: b, protocol: HTTP, targetPort: 0}]
`,
      issues: ['2:134 error VALUE_RANGE spec.ports[2].targetPort is 0, expected a number of at least 1'],
    },
    {
      when: 'names and numbers of ports are wrong',
      spec: `
hosts: [a.com]
ports: [{number: 1, name: a, protocol: HTTP}, {number: 0, name: "a b", protocol: FTP}]
`,
      issues: [
        '2:56 error VALUE_RANGE spec.ports[1].number is 0, expected a number of at least 1',
        '2:65 error NAME_INVALID spec.ports[1].name is "a b", expected at most 63 letters, digits and inner dashes',
        '2:82 error PROTOCOL_UNKNOWN spec.ports[1].protocol is "FTP", expected HTTP, HTTP2, HTTPS, GRPC, GRPC-WEB, TLS, TCP, MONGO, MYSQL or REDIS',
      ],
    },
    {
      when: 'addresses do not suit DNS',
      spec: `
hosts: [a.com, b.com]
addresses: [1.2.3.0/24, x.y]
resolution: DNS
`,
      issues: ['2:25 error ADDRESS_INVALID spec.addresses[1] is "x.y", expected an IP address or a CIDR block'],
    },
    {
      when: 'several hosts share addresses and ports that cannot tell them apart',
      spec: `
hosts: [a.com, "*b.com"]
addresses: [1.2.3.0/24]
resolution: DNS
ports: [{number: 1, name: a, protocol: TCP}, {number: 2, name: b}]
`,
      issues: [
        '1:16 warning HOST_WILDCARD_PARTIAL spec.hosts[1] is "*b.com", but "*" for a part of a label is not matched everywhere',
        '1:16 error SE_HOST_NOT_RESOLVABLE spec.hosts[1] is "*b.com", which DNS cannot resolve: write full names, or endpoints',
        '2:12 warning SE_ADDRESS_SHARED several hosts share an address, so TCP connections to it all go to one of them',
        '2:13 error SE_CIDR a CIDR block is possible only with resolution NONE or STATIC, not DNS',
        '4:9 error SE_HOSTS_ON_TCP several hosts cannot be told apart on a port of protocol TCP, expected HTTP or TLS',
        '4:46 error SE_HOSTS_ON_TCP several hosts cannot be told apart on a port of protocol unknown, expected HTTP or TLS',
      ],
    },
    {
      when: 'endpoints and selector stand side by side',
      spec: `
hosts: [a.com]
endpoints: [{address: 1.1.1.1}]
workloadSelector: {labels: {a: b}}
`,
      issues: ['2:1 error FIELD_EXCLUSIVE spec may have only one of workloadSelector and endpoints'],
    },
    {
      when: 'nothing is resolved and yet there are endpoints',
      spec: `
hosts: [a.com]
endpoints: [{address: 1.1.1.1}]
`,
      issues: [
        '2:1 error SE_ENDPOINTS resolution NONE goes where the client wanted to go, so there can be no endpoints',
      ],
    },
    {
      when: 'nothing is resolved, selected or told apart',
      spec: `
hosts: [a.com]
ports: [{number: 1, name: a, protocol: TCP}]
workloadSelector: {labels: {}}
`,
      issues: [
        '2:9 warning SE_ADDRESS_MISSING a port of protocol TCP takes the traffic of all hosts on it, because the ServiceEntry has no addresses',
        '3:1 warning FIELD_IGNORED workloadSelector has no effect with resolution NONE',
        '3:19 warning SELECTOR_EMPTY spec.workloadSelector has no labels, so it picks every workload of the namespace',
      ],
    },
    {
      when: 'static endpoints have names, ports of others, or no address',
      spec: `
hosts: [a.com]
resolution: STATIC
ports: [{number: 1, name: a, protocol: HTTP}]
endpoints: [{address: a.com}, {address: "unix:///a", ports: {a: 1}}, {}, {network: x}, {address: 1.1.1.1, ports: {b: 1}}]
`,
      issues: [
        '4:23 error SE_ENDPOINT_NAME spec.endpoints[0].address is "a.com", but resolution STATIC needs IP addresses: names need DNS',
        '4:54 error WE_SOCKET_PORTS a Unix socket has no ports',
        '4:70 error WE_ADDRESS_MISSING spec.endpoints[2].address is missing, but a workload needs an address or a network',
        '4:74 warning WE_ADDRESS_EMPTY spec.endpoints[3] has no address: it is reached through the gateway of network "x"',
        '4:115 error SE_ENDPOINT_PORT the ServiceEntry has no port "b"',
      ],
    },
    {
      when: 'round robin has several endpoints',
      spec: `
hosts: [a.com]
resolution: DNS_ROUND_ROBIN
endpoints: [{address: a.com}, {address: "unix:///a"}]
`,
      issues: [
        '3:12 error SE_ENDPOINTS resolution DNS_ROUND_ROBIN takes at most one endpoint',
        '3:41 error ADDRESS_INVALID spec.endpoints[1].address is "unix:///a", expected an IP address or a host name',
      ],
    },
    {
      when: 'dynamic DNS has what it cannot have',
      spec: `
hosts: [a.com, "*.b.com"]
resolution: DYNAMIC_DNS
addresses: [1.1.1.1]
ports: [{number: 1, name: a, protocol: MONGO}, {number: 2, name: b, protocol: HTTP}]
`,
      issues: [
        '1:9 error SE_HOST_NOT_WILDCARD spec.hosts[0] is "a.com", but resolution DYNAMIC_DNS is for hosts that begin with "*."',
        '3:1 error SE_ENDPOINTS resolution DYNAMIC_DNS asks DNS for each request, so there can be no addresses',
        '4:9 error SE_HOSTS_ON_TCP several hosts cannot be told apart on a port of protocol MONGO, expected HTTP or TLS',
        '4:40 error SE_PROTOCOL resolution DYNAMIC_DNS is possible for HTTP, HTTP2, GRPC and TLS, not for MONGO',
      ],
    },
    {
      when: 'exportTo contradicts itself',
      spec: `
hosts: [a.com]
exportTo: ["~", "."]
`,
      issues: ['2:11 error EXPORT_TO_INVALID spec.exportTo has "~" beside other entries, which it makes meaningless'],
    },
  ])('$when', ({ spec, issues }) => {
    expect(readSpecIssues('ServiceEntry', spec)).toEqual(issues);
  });
});
