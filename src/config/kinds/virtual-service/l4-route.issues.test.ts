import { describe, expect, it } from 'vitest';
import { readSpecIssues } from '../../../../test/support/issues.ts';

describe('VirtualService, rules for TLS and TCP: issues when', () => {
  it.each([
    {
      when: 'TLS rules lack what they need',
      spec: `
hosts: [a.com]
tls:
- route: [{destination: {host: a}}]
- match: []
  route: []
- match: [{sniHosts: []}]
  route: [{destination: {host: a}}]
tcp: [{}]
`,
      issues: [
        '3:3 error FIELD_MISSING spec.tls[0].match is missing, but required',
        '4:10 error VALUE_RANGE spec.tls[1].match is empty, expected at least 1 entry',
        '5:10 error VALUE_RANGE spec.tls[1].route is empty, expected at least 1 entry',
        '6:22 error VALUE_RANGE spec.tls[2].match[0].sniHosts is empty, expected at least 1 entry',
        '8:7 error FIELD_MISSING spec.tcp[0].route is missing, but required',
      ],
    },
    {
      when: 'SNI hosts are none of the hosts, or none at all',
      spec: `
hosts: [a.com, "*.b.com"]
tls:
- match:
  - sniHosts: [c.com, "*b.com", x.b.com, 1.2.3.4, "a b"]
  route: [{destination: {host: a}}]
tcp:
- match: [{sourceSubnet: 1.1.1.1}]
  route: [{destination: {host: a}}]
`,
      issues: [
        '4:16 error VS_SNI_OUTSIDE spec.tls[0].match[0].sniHosts[0] is "c.com", which is none of the hosts of the VirtualService: a.com, *.b.com',
        '4:23 error VS_SNI_PARTIAL spec.tls[0].match[0].sniHosts[1] is "*b.com", but "*" can only stand for whole labels: proxies refuse anything else',
        '4:42 warning VS_SNI_ADDRESS spec.tls[0].match[0].sniHosts[3] is "1.2.3.4", but clients do not send addresses as names',
        '4:51 error HOST_INVALID spec.tls[0].match[0].sniHosts[4] is "a b", expected a host name, or one that begins with "*."',
        '7:12 warning FIELD_IGNORED sourceSubnet has no effect',
      ],
    },
    {
      when: 'subnets are none',
      spec: `
hosts: [a.com]
tcp:
- match: [{destinationSubnets: [10.0.0.0/33, 1.1.1.1, x, "::/0"]}]
  route: [{destination: {host: a}}]
`,
      issues: [
        '3:33 error ADDRESS_INVALID spec.tcp[0].match[0].destinationSubnets[0] is "10.0.0.0/33", expected an IP address or a CIDR block',
        '3:55 error ADDRESS_INVALID spec.tcp[0].match[0].destinationSubnets[2] is "x", expected an IP address or a CIDR block',
      ],
    },
  ])('$when', ({ spec, issues }) => {
    expect(readSpecIssues('VirtualService', spec)).toEqual(issues);
  });
});
