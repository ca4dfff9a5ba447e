import { describe, expect, it } from 'vitest';
import { readSpecIssues } from '../../../../test/support/issues.ts';

describe('VirtualService, rules for HTTP: issues when', () => {
  it.each([
    {
      when: 'headers are longer than proxies take',
      spec: `
http:
- match: [{port: 1}]
  route: [{destination: {host: a}}]
  headers: {request: {set: {${'n'.repeat(16_385)}: a}}}
- route: [{destination: {host: a}}]
  headers: {request: {set: {x-a: ${'v'.repeat(16_385)}}}}
`,
      issues: [
        '4:29 error HEADER_INVALID the name of a header is 16385 bytes long, proxies take 16384',
        '6:34 error HEADER_INVALID spec.http[1].headers.request.set.x-a is 16385 bytes long, proxies take 16384',
      ],
    },
    {
      when: 'a rule does not say what becomes of requests',
      spec: `
hosts: [a]
http: [{}]
`,
      issues: [
        '2:8 error VS_ACTION_MISSING spec.http[0] does not say what becomes of requests: expected route, redirect or directResponse',
      ],
    },
    {
      when: 'destinations are out of range',
      spec: `
hosts: [a]
http:
- route:
  - {destination: {host: "*"}}
  - {destination: {host: a, subset: A_B, port: {number: 0}}, weight: -1}
`,
      issues: [
        '4:26 error HOST_INVALID spec.http[0].route[0].destination.host is "*", expected the name of a host, not "*"',
        '5:37 error NAME_INVALID spec.http[0].route[1].destination.subset is "A_B", expected at most 63 letters, digits and inner dashes',
        '5:57 error VALUE_RANGE spec.http[0].route[1].destination.port.number is 0, expected a number of at least 1',
        '5:70 error VALUE_RANGE spec.http[0].route[1].weight is -1, expected a number of at least 0',
      ],
    },
    {
      when: 'weights are all zero',
      spec: `
hosts: [a]
http:
- route: [{destination: {host: a}}, {destination: {host: b}, weight: 0}]
`,
      issues: ['3:10 error VS_WEIGHTS_ZERO the weights of spec.http[0].route add up to 0, so nobody takes the traffic'],
    },
    {
      when: 'a rule has two actions',
      spec: `
hosts: [a]
http:
- match: [{port: 1}]
  redirect: {uri: /a}
  route: [{destination: {host: a}}]
  fault: {abort: {httpStatus: 500}}
  rewrite: {uri: /}
- redirect: {scheme: https}
  directResponse: {status: 200}
`,
      issues: [
        '5:3 error VS_REDIRECT_AND_ROUTE a rule has either route or redirect, not both',
        '6:3 error VS_TWO_ACTIONS fault cannot stand beside redirect, which asks nobody',
        '7:3 error VS_TWO_ACTIONS rewrite cannot stand beside redirect, which asks nobody',
        '9:3 error VS_TWO_ACTIONS a rule has either redirect or directResponse, not both',
      ],
    },
    {
      when: 'redirects go nowhere, or by a code that proxies do not have',
      spec: `
hosts: [a]
http:
- match: [{port: 1}]
  redirect: {}
- match: [{port: 2}]
  redirect: {redirectCode: 304, scheme: https}
- match: [{uri: {exact: /a}}]
  redirect: {prefixRewrite: /y}
- redirect: {uri: "/a\\nb"}
`,
      issues: [
        '4:13 error VS_REDIRECT_EMPTY the redirect goes nowhere: expected uri, authority, port, derivePort, scheme or prefixRewrite',
        '6:28 error VALUE_RANGE spec.http[1].redirect.redirectCode is 304, expected one of 301, 302, 303, 307, 308',
        '8:14 error VS_PREFIX_REWRITE prefixRewrite replaces a prefix, so every match of a path must be by prefix',
        '9:19 error HEADER_INVALID spec.http[3].redirect.uri has a control character, which headers cannot carry',
      ],
    },
    {
      when: 'redirects and direct responses are out of range',
      spec: `
hosts: [a]
http:
- directResponse: {status: 600, body: {string: a, bytes: "YQ=="}}
- directResponse: {body: {bytes: "a%"}}
- redirect: {uri: /x, prefixRewrite: /y, scheme: ftp, port: 70000}
`,
      issues: [
        '3:28 error VALUE_RANGE spec.http[0].directResponse.status is 600, expected a number of at most 599',
        '3:51 error FIELD_EXCLUSIVE spec.http[0].directResponse.body may have only one of string and bytes',
        '4:19 error FIELD_MISSING spec.http[1].directResponse.status is missing, but required',
        '4:34 error BASE64_INVALID spec.http[1].directResponse.body.bytes is "a%", expected base64',
        '5:23 error FIELD_EXCLUSIVE spec.http[2].redirect may have only one of uri and prefixRewrite',
        '5:50 error ENUM_UNKNOWN spec.http[2].redirect.scheme is "ftp", expected http or https',
        '5:61 error VALUE_RANGE spec.http[2].redirect.port is 70000, expected a number of at most 65535',
      ],
    },
    {
      when: 'a rule that delegates routes, too',
      spec: `
hosts: [a]
http:
- match: [{port: 1}]
  delegate: {name: d}
  route: [{destination: {host: a}}]
- delegate: {}
`,
      issues: [
        '5:3 error VS_DELEGATE a rule that delegates leaves route to the delegate',
        '6:13 error VS_DELEGATE the delegate has no name',
      ],
    },
    {
      when: 'headers are none that proxies take',
      spec: `
hosts: [a]
http:
- route:
  - destination: {host: a}
    headers:
      request:
        set: {":path": x, "b c": y, Host: ok, x-a: "%FOO%", x-b: "a%"}
        remove: [host, ":method"]
      response: {add: {host: x, y: "a\\nb"}}
`,
      issues: [
        '7:15 error HEADER_INVALID header ":path" cannot be changed here',
        '7:27 error HEADER_INVALID "b c" is no name of an HTTP header',
        '7:52 error HEADER_INVALID spec.http[0].route[0].headers.request.set.x-a uses the operator %FOO%, which proxies do not know',
        '7:66 error HEADER_INVALID spec.http[0].route[0].headers.request.set.x-b has a "%" that begins no operator such as %REQ(x-id)%; write "%%" for the character itself',
        '8:18 error HEADER_INVALID header "host" cannot be changed here',
        '8:24 error HEADER_INVALID header ":method" cannot be changed here',
        '9:24 error HEADER_INVALID header "host" cannot be changed here',
        '9:36 error HEADER_INVALID spec.http[0].route[0].headers.response.add.y has a control character, which headers cannot carry',
      ],
    },
    {
      when: 'the host of a request is set twice',
      spec: `
hosts: [a]
http:
- route: [{destination: {host: a}}]
  rewrite: {authority: z}
  headers: {request: {add: {":authority": q}}}
`,
      issues: [
        '3:3 error VS_AUTHORITY_TWICE spec.http[0] sets the host of the request more than once: rewrite.authority and the headers host and :authority exclude each other',
      ],
    },
    {
      when: 'retries are off and yet described',
      spec: `
hosts: [a]
http:
- route: [{destination: {host: a}}]
  retries: {attempts: 0, perTryTimeout: 1s, retryOn: "5xx,foo, 503"}
`,
      issues: [
        '4:26 error RETRIES_OFF spec.http[0].retries.perTryTimeout has no effect: without attempts there are no retries',
        '4:45 error RETRIES_OFF spec.http[0].retries.retryOn has no effect: without attempts there are no retries',
        '4:54 error RETRY_ON_UNKNOWN "foo" is no condition of a retry, expected one of Envoy\'s names or an HTTP status code',
      ],
    },
    {
      when: 'mirrors are written in two ways',
      spec: `
hosts: [a]
http:
- route: [{destination: {host: a}}]
  mirror: {host: b}
  mirrors: [{destination: {host: c}}]
  mirrorPercent: 10
`,
      issues: [
        '5:3 error FIELD_EXCLUSIVE a rule has either mirror or mirrors, not both',
        '6:3 warning FIELD_DEPRECATED mirrorPercent has given way to mirrorPercentage.value',
      ],
    },
    {
      when: 'durations and shares are out of range',
      spec: `
hosts: [a]
http:
- route: [{destination: {host: a}}]
  timeout: -1s
  mirrors: [{destination: {host: c}, percentage: {value: 101}}]
  mirrorPercent: 101
  fault: {delay: {fixedDelay: 500us}, abort: {httpStatus: 600}}
  retries: {attempts: 1, perTryTimeout: 99999999h}
`,
      issues: [
        '4:12 error DURATION_INVALID spec.http[0].timeout is "-1s", expected a duration of zero or more, such as 0s, 500ms or 1m30s',
        '5:58 error VALUE_RANGE spec.http[0].mirrors[0].percentage.value is 101, expected a number of at most 100',
        '6:18 error VALUE_RANGE spec.http[0].mirrorPercent is 101, expected a number of at most 100',
        '7:31 error DURATION_INVALID spec.http[0].fault.delay.fixedDelay is "500us", expected a duration of at least 1 ms in whole milliseconds, such as 5s, 500ms or 1m30s',
        '7:59 error VALUE_RANGE spec.http[0].fault.abort.httpStatus is 600, expected a number of at most 599',
        '8:41 error DURATION_INVALID spec.http[0].retries.perTryTimeout is "99999999h", expected a duration of at least 1 ms in whole milliseconds, such as 5s, 500ms or 1m30s',
      ],
    },
    {
      when: 'CORS names no origins',
      spec: `
hosts: [a]
http:
- route: [{destination: {host: a}}]
  corsPolicy: {allowOrigin: [a], allowOrigins: [{}, {regex: "*"}], maxAge: 1500ms}
`,
      issues: [
        '4:16 warning FIELD_DEPRECATED allowOrigin has given way to allowOrigins',
        '4:49 error VS_ORIGIN_EMPTY spec.http[0].corsPolicy.allowOrigins[0] names no origin: expected exact, prefix or regex',
        '4:61 error REGEX_INVALID spec.http[0].corsPolicy.allowOrigins[1] is "*", which is no regular expression; did you mean ".*"?',
        '4:76 error DURATION_INVALID spec.http[0].corsPolicy.maxAge is "1500ms", expected whole seconds',
      ],
    },
    {
      when: 'CORS names no methods and headers',
      spec: `
hosts: [a]
http:
- route: [{destination: {host: a}}]
  corsPolicy: {allowMethods: [GET, get], allowHeaders: ["*", "a b"]}
`,
      issues: [
        '4:36 error ENUM_UNKNOWN spec.http[0].corsPolicy.allowMethods[1] is "get", expected GET, HEAD, POST, PUT, PATCH, DELETE, CONNECT, OPTIONS, TRACE or *; did you mean GET?',
        '4:62 error HEADER_INVALID spec.http[0].corsPolicy.allowHeaders[1] is "a b", expected the name of an HTTP header',
      ],
    },
    {
      when: 'faults do nothing, or what was never supported',
      spec: `
hosts: [a]
http:
- match: [{port: 1}]
  route: [{destination: {host: a}}]
  fault: {}
- match: [{port: 2}]
  route: [{destination: {host: a}}]
  fault: {delay: {exponentialDelay: 1s}, abort: {http2Error: x}}
- route: [{destination: {host: a}}]
  fault: {delay: {percent: 5}, abort: {percentage: {value: 0.00001}}}
`,
      issues: [
        '5:10 error VS_FAULT_EMPTY the fault does nothing: expected delay or abort',
        '8:19 error VS_FAULT_UNSUPPORTED exponentialDelay is not supported: use fixedDelay',
        '8:50 error VS_FAULT_UNSUPPORTED http2Error is not supported: use httpStatus or grpcStatus',
        '10:11 warning FIELD_IGNORED the delay has no effect: it has no fixedDelay',
        '10:19 warning FIELD_DEPRECATED percent has given way to percentage.value',
        '10:32 warning FIELD_IGNORED the abort has no effect: it has no httpStatus and no grpcStatus',
        '10:60 error VALUE_RANGE spec.http[2].fault.abort.percentage.value is 0.00001, expected 0 or at least 0.0001: proxies count in millionths',
      ],
    },
    {
      when: 'a fault has two kinds of status',
      spec: `
hosts: [a]
http:
- route: [{destination: {host: a}}]
  fault: {abort: {httpStatus: 500, grpcStatus: UNAVAILABLE}}
`,
      issues: ['4:36 error FIELD_EXCLUSIVE spec.http[0].fault.abort may have only one of httpStatus and grpcStatus'],
    },
    {
      when: 'rewrites change nothing, or what cannot be',
      spec: `
hosts: [a]
http:
- match: [{port: 1}]
  route: [{destination: {host: a}}]
  rewrite: {}
- route: [{destination: {host: a}}]
  rewrite: {uriRegexRewrite: {match: "/(a)(b)", rewrite: "/\\\\3\\\\x"}}
`,
      issues: [
        '5:12 error VS_REWRITE_EMPTY the rewrite changes nothing: expected uri, authority or uriRegexRewrite',
        '7:58 error VS_SUBSTITUTION "\\3" in spec.http[1].rewrite.uriRegexRewrite.rewrite names a group that the expression does not have: it has 2',
        '7:58 error VS_SUBSTITUTION "\\x" in spec.http[1].rewrite.uriRegexRewrite.rewrite means nothing, expected a backslash before a digit or a backslash',
      ],
    },
  ])('$when', ({ spec, issues }) => {
    expect(readSpecIssues('VirtualService', spec)).toEqual(issues);
  });
});
