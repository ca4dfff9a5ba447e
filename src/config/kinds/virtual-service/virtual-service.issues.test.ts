import { describe, expect, it } from 'vitest';
import { readSpecIssues } from '../../../../test/support/issues.ts';

describe('VirtualService: issues when', () => {
  it.each([
    {
      when: 'there are no rules',
      spec: `
hosts: [a]
`,
      issues: ['1:1 error VS_ROUTE_EMPTY the VirtualService has no rules: expected http, tls or tcp'],
    },
    {
      when: 'the host * is for sidecars',
      spec: `
hosts: ["*"]
gateways: [gw, mesh]
http: [{route: [{destination: {host: a}}]}]
`,
      issues: [
        '1:9 error VS_HOST_STAR_IN_MESH the host "*" is possible only for gateways: sidecars (gateway "mesh") would catch all traffic',
      ],
    },
    {
      when: 'hosts overlap, or are none',
      spec: `
hosts: [a.com, "*.com", "_x", 1.2.3.4]
http: [{route: [{destination: {host: a}}]}]
`,
      issues: [
        '1:16 error VS_HOST_REPEATED hosts "a.com" and "*.com" of one VirtualService overlap',
        '1:25 error HOST_INVALID spec.hosts[2] is "_x", expected a host name, an IP address, or a name that begins with "*."',
      ],
    },
    {
      when: 'gateways are named in old and wrong ways',
      spec: `
hosts: [a]
gateways: [gw.ns, a/b/c, "", UP/x_y, ./gw, ns/gw]
http: [{route: [{destination: {host: a}}]}]
`,
      issues: [
        '2:12 warning FIELD_DEPRECATED spec.gateways[0] is "gw.ns", a form that has given way to "ns/gw"',
        '2:19 error GATEWAY_NAME_INVALID spec.gateways[1] is "a/b/c", expected namespace/name',
        '2:26 error GATEWAY_NAME_INVALID spec.gateways[2] is "", expected mesh, the name of a Gateway, or namespace/name',
        '2:30 error GATEWAY_NAME_INVALID spec.gateways[3] is "UP/x_y", expected namespace/name',
      ],
    },
    {
      when: 'exportTo contradicts itself',
      spec: `
hosts: [a]
http: [{route: [{destination: {host: a}}]}]
exportTo: [".", own, "*", "~", "a b"]
`,
      issues: [
        '3:11 error EXPORT_TO_INVALID spec.exportTo has "*" beside other entries, which it makes meaningless',
        '3:17 error EXPORT_TO_INVALID spec.exportTo names "own" twice',
        '3:27 error EXPORT_TO_INVALID spec.exportTo[3] is "~", expected a namespace, "*" or "."',
        '3:32 error EXPORT_TO_INVALID spec.exportTo[4] is "a b", expected a namespace, "*" or "."',
      ],
    },
    {
      when: 'a delegate has what only its root may have',
      spec: `
gateways: [gw]
tcp: [{route: [{destination: {host: a}}]}]
http:
- delegate: {name: d}
  route: [{destination: {host: a}}]
`,
      issues: [
        '1:1 error VS_DELEGATE a VirtualService without hosts is a delegate, which has no gateways of its own',
        '2:1 error VS_DELEGATE a VirtualService without hosts is a delegate, which has no tcp of its own',
        '4:3 error VS_DELEGATE a VirtualService without hosts is a delegate itself and cannot delegate further',
      ],
    },
    {
      when: 'rules and matches never see traffic',
      spec: `
hosts: [a]
http:
- match: [{uri: {prefix: /a}, headers: {x: {exact: "1"}}}]
  route: [{destination: {host: a}}]
- match: [{uri: {prefix: /ab}}, {uri: {exact: /ab}, headers: {x: {exact: "1"}, y: {exact: "2"}}}, {uri: {prefix: /ab}, ignoreUriCase: true, headers: {x: {exact: "1"}}}]
  route: [{destination: {host: a}}]
- route: [{destination: {host: a}}]
- match: [{uri: {prefix: /c}}]
  route: [{destination: {host: a}}]
tcp:
- match: [{port: 1}]
  route: [{destination: {host: a}}]
- match: [{port: 1}, {port: 2}]
  route: [{destination: {host: a}}]
`,
      issues: [
        '5:33 warning VS_MATCH_UNREACHABLE spec.http[1].match[1] is never used: spec.http[0] takes all of it',
        '8:3 warning VS_RULE_UNREACHABLE spec.http[3] is never used: spec.http[2] has no match, so it takes everything',
        '13:11 warning VS_MATCH_UNREACHABLE spec.tcp[1].match[0] is never used: spec.tcp[0] has the same match',
      ],
    },
  ])('$when', ({ spec, issues }) => {
    expect(readSpecIssues('VirtualService', spec)).toEqual(issues);
  });
});
