import { describe, expect, it } from 'vitest';
import { readSpecIssues } from '../../../../test/support/issues.ts';

describe('VirtualService, matches of HTTP: issues when', () => {
  it.each([
    {
      when: 'matches have values that cannot be',
      spec: `
hosts: [a]
http:
- match:
  - uri: {exact: /a, prefix: /b}
  - uri: {regex: ""}
  - headers: {ok: {prefix: ""}, y: {regex: "a(?=b)"}}
  - port: 65536
  - sourceLabels: {d: "e f"}
  - sourceNamespace: A.B
  route: [{destination: {host: a}}]
`,
      issues: [
        '4:22 error FIELD_EXCLUSIVE spec.http[0].match[0].uri may have only one of exact and prefix',
        '5:18 error REGEX_INVALID spec.http[0].match[1].uri.regex is "", expected a regular expression in RE2 syntax: it is empty',
        '6:28 error VALUE_RANGE spec.http[0].match[2].headers.ok.prefix is "", expected a text that is not empty',
        '6:44 error REGEX_INVALID spec.http[0].match[2].headers.y.regex is "a(?=b)", expected a regular expression in RE2 syntax: RE2, which proxies use, has no lookahead and no lookbehind',
        '7:11 error VALUE_RANGE spec.http[0].match[3].port is 65536, expected a number of at most 65535',
        '8:23 error LABEL_INVALID spec.http[0].match[4].sourceLabels.d is "e f", expected at most 63 letters, digits, "-", "_" and ".", beginning and ending with a letter or a digit',
        '9:22 error NAME_INVALID spec.http[0].match[5].sourceNamespace is "A.B", expected at most 63 letters, digits and inner dashes',
      ],
    },
    {
      when: 'matches have names that cannot be',
      spec: `
hosts: [a]
http:
- match:
  - headers: {"bad name": {exact: x}, ":path": {exact: /}, x: {regex: "*"}}
  - sourceLabels: {"a b": c}
  - gateways: ["x y"]
  - queryParams: {"": {exact: a}}
  - headers: {x: null}
  route: [{destination: {host: a}}]
`,
      issues: [
        '4:15 error HEADER_INVALID "bad name" is no name of an HTTP header',
        '5:20 error LABEL_INVALID "a b" is no key of a label',
        '6:16 error GATEWAY_NAME_INVALID spec.http[0].match[2].gateways[0] is "x y", expected mesh, the name of a Gateway, or namespace/name',
        '7:19 error HEADER_INVALID "" is no name of a query parameter',
      ],
    },
    {
      when: 'claims of a token are matched at sidecars',
      spec: `
hosts: [a]
http:
- match: [{headers: {"@request.auth.claims.sub": {exact: a}}}]
  route: [{destination: {host: a}}]
`,
      issues: [
        '3:22 error VS_CLAIM_IN_MESH claims of a token can be matched only by a VirtualService that is for gateways alone',
      ],
    },
    {
      when: 'claims of a token are matched in ways that cannot be',
      spec: `
hosts: [a]
gateways: [gw]
http:
- match:
  - headers: {"@request.auth.claims.sub": {exact: a}}
  - headers: {"@request.auth.claims[a][b.c]": {regex: "*"}}
  - headers: {"@request.auth.claims": {exact: a}}
  route: [{destination: {host: a}}]
`,
      issues: [
        '6:55 error REGEX_INVALID a claim cannot be matched with "*", expected a regular expression in RE2 syntax',
        '7:15 error HEADER_INVALID "@request.auth.claims" is no name of an HTTP header',
      ],
    },
    {
      when: 'an expression is large for an unchanged Envoy',
      spec: `
hosts: [a]
http:
- match: [{uri: {regex: "/[a-z]{40}/[0-9]{40}/[A-Z]{40}"}}]
  route: [{destination: {host: a}}]
`,
      issues: [
        '3:25 info REGEX_LARGE spec.http[0].match[0].uri.regex compiles to about 125 instructions; an Envoy whose bootstrap does not raise re2.max_program_size.error_level takes 100',
      ],
    },
  ])('$when', ({ spec, issues }) => {
    expect(readSpecIssues('VirtualService', spec)).toEqual(issues);
  });
});
