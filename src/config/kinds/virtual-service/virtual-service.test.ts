import { expect, it } from 'vitest';
import { readValue } from '../../../../test/support/issues.ts';

const YAML = `
apiVersion: networking.istio.io/v1beta1
kind: VirtualService
metadata:
  name: reviews
  namespace: bookinfo
  labels: {team: a}
  creationTimestamp: "2026-01-02T03:04:05Z"
  resourceVersion: "7"
spec:
  hosts: [reviews, "*.example.com"]
  gateways: [mesh, gw, ./own, other/gw, old.ns.svc]
  exportTo: [".", other]
  http:
  - name: all
    match:
    - name: m
      uri: {prefix: /a}
      scheme: {exact: https}
      method: {regex: "GET|POST"}
      authority: {prefix: x}
      headers: {a: {exact: "1"}, b: {}, c: null, d: {regex: "*"}}
      withoutHeaders: {e: {regex: "*"}}
      queryParams: {q: {exact: ""}}
      port: "9080"
      sourceLabels: {app: p}
      sourceNamespace: bookinfo
      gateways: [mesh, gw]
      ignoreUriCase: yes
      statPrefix: s
    - uri: {}
    route:
    - destination: {host: reviews, subset: v1, port: {number: 9080}}
      weight: 90
      headers: {response: {remove: [x-a]}}
    - destination: {host: reviews.other.svc.cluster.local, subset: ""}
    rewrite: {uriRegexRewrite: {match: "/(a)", rewrite: "/\\\\1"}, authority: z}
    timeout: 1m30.5s
    retries: {attempts: 3, perTryTimeout: 500ms, retryOn: "5xx,503", retryRemoteLocalities: true, retryIgnorePreviousHosts: false, backoff: 10ms}
    fault: {delay: {fixedDelay: 2s, percentage: {value: 0.5}}, abort: {grpcStatus: UNAVAILABLE, percentage: {}}}
    mirror: {host: shadow}
    mirrorPercentage: {value: 12.5}
    corsPolicy:
      allowOrigins: [{exact: "https://a"}, {regex: ".*b"}]
      allowMethods: [GET]
      allowHeaders: [x-a]
      exposeHeaders: ["*"]
      maxAge: 24h
      allowCredentials: true
      unmatchedPreflights: IGNORE
    headers: {request: {set: {x-b: "%REQ(x-c)%"}, add: {x-d: "1"}, remove: [x-e]}}
  - name: redirect
    match: [{port: 1}]
    redirect: {uri: /new, authority: b, derivePort: FROM_REQUEST_PORT, scheme: https, redirectCode: 308}
  - match: [{port: 2}]
    redirect: {prefixRewrite: /p, port: 8443}
  - match: [{port: 3}]
    directResponse: {status: 418, body: {string: teapot}}
  - match: [{port: 4}]
    directResponse: {status: 204}
  - match: [{port: 5}]
    delegate: {name: d}
  - match: [{port: 6}]
    route: [{destination: {host: reviews}}]
    timeout: 0s
    mirrors: [{destination: {host: s1}, percentage: {value: 1}}, {destination: {host: s2}}]
    fault: {delay: {percent: 5}}
    corsPolicy: {allowOrigin: ["https://a"]}
  - route: [{destination: {host: reviews}, weight: 7}]
    mirror: {host: s}
    mirrorPercent: 3
    fault: {abort: {httpStatus: 503}}
    retries: {}
  tls:
  - match: [{sniHosts: [a.example.com], destinationSubnets: [10.0.0.0/8], port: 443}]
    route: [{destination: {host: t}, weight: 1}, {destination: {host: u}, weight: 2}]
  tcp:
  - route: [{destination: {host: t, port: {number: 1}}}]
`;

it('reads every field of a VirtualService', () => {
  expect(readValue(YAML)).toEqual({
    meta: {
      kind: 'VirtualService',
      name: 'reviews',
      namespace: 'bookinfo',
      labels: { team: 'a' },
      annotations: {},
      createdMs: 1767323045000,
      origin: { kind: 'file', file: 'test.yaml', line: 1, column: 1 },
      revision: '7',
    },
    hosts: ['reviews.bookinfo.svc.cluster.local', '*.example.com'],
    gateways: ['mesh', 'bookinfo/gw', 'bookinfo/own', 'other/gw', 'ns/old'],
    visibility: { kind: 'namespaces', namespaces: new Set(['bookinfo', 'other']) },
    http: [
      {
        matches: [
          {
            gateways: ['mesh', 'bookinfo/gw'],
            sourceLabels: { app: 'p' },
            port: 9080,
            sourceNamespace: 'bookinfo',
            headers: {
              a: { kind: 'exact', value: '1' },
              b: { kind: 'present' },
              c: { kind: 'present' },
              d: { kind: 'present' },
            },
            withoutHeaders: { e: { kind: 'present' } },
            queryParams: { q: { kind: 'exact', value: '' } },
            ignoreUriCase: true,
            name: 'm',
            uri: { kind: 'prefix', value: '/a' },
            scheme: { kind: 'exact', value: 'https' },
            method: { kind: 'regex', value: 'GET|POST' },
            authority: { kind: 'prefix', value: 'x' },
            statPrefix: 's',
          },
          { gateways: [], sourceLabels: {}, headers: {}, withoutHeaders: {}, queryParams: {}, ignoreUriCase: false },
        ],
        action: {
          kind: 'route',
          destinations: [
            {
              destination: { host: 'reviews.bookinfo.svc.cluster.local', port: 9080, subset: 'v1' },
              weight: 90,
              headers: { request: { set: {}, add: {}, remove: [] }, response: { set: {}, add: {}, remove: ['x-a'] } },
            },
            { destination: { host: 'reviews.other.svc.cluster.local' }, weight: 0 },
          ],
        },
        timeout: { kind: 'after', ms: 90500 },
        mirrors: [{ destination: { host: 'shadow.bookinfo.svc.cluster.local' }, percent: 12.5 }],
        name: 'all',
        rewrite: { authority: 'z', uriRegex: { match: '/(a)', rewrite: '/\\1' } },
        retries: {
          attempts: 3,
          perTryTimeoutMs: 500,
          retryOn: '5xx,503',
          retryRemoteLocalities: true,
          retryIgnorePreviousHosts: false,
          backoffMs: 10,
        },
        fault: { delay: { fixedMs: 2000, percent: 0.5 }, abort: { status: { kind: 'grpc', code: 14 }, percent: 0 } },
        cors: {
          allowOrigins: [
            { kind: 'exact', value: 'https://a' },
            { kind: 'regex', value: '.*b' },
          ],
          allowMethods: ['GET'],
          allowHeaders: ['x-a'],
          exposeHeaders: ['*'],
          unmatchedPreflights: 'ignore',
          maxAgeMs: 86400000,
          allowCredentials: true,
        },
        headers: {
          request: { set: { 'x-b': '%REQ(x-c)%' }, add: { 'x-d': '1' }, remove: ['x-e'] },
          response: { set: {}, add: {}, remove: [] },
        },
      },
      {
        matches: [
          {
            gateways: [],
            sourceLabels: {},
            port: 1,
            headers: {},
            withoutHeaders: {},
            queryParams: {},
            ignoreUriCase: false,
          },
        ],
        action: {
          kind: 'redirect',
          redirect: { code: 308, uri: '/new', authority: 'b', scheme: 'https', port: { kind: 'from-request' } },
        },
        timeout: { kind: 'unset' },
        mirrors: [],
        name: 'redirect',
      },
      {
        matches: [
          {
            gateways: [],
            sourceLabels: {},
            port: 2,
            headers: {},
            withoutHeaders: {},
            queryParams: {},
            ignoreUriCase: false,
          },
        ],
        action: {
          kind: 'redirect',
          redirect: { code: 301, port: { kind: 'number', port: 8443 }, prefixRewrite: '/p' },
        },
        timeout: { kind: 'unset' },
        mirrors: [],
      },
      {
        matches: [
          {
            gateways: [],
            sourceLabels: {},
            port: 3,
            headers: {},
            withoutHeaders: {},
            queryParams: {},
            ignoreUriCase: false,
          },
        ],
        action: { kind: 'direct-response', response: { status: 418, body: { kind: 'text', text: 'teapot' } } },
        timeout: { kind: 'unset' },
        mirrors: [],
      },
      {
        matches: [
          {
            gateways: [],
            sourceLabels: {},
            port: 4,
            headers: {},
            withoutHeaders: {},
            queryParams: {},
            ignoreUriCase: false,
          },
        ],
        action: { kind: 'direct-response', response: { status: 204 } },
        timeout: { kind: 'unset' },
        mirrors: [],
      },
      {
        matches: [
          {
            gateways: [],
            sourceLabels: {},
            port: 5,
            headers: {},
            withoutHeaders: {},
            queryParams: {},
            ignoreUriCase: false,
          },
        ],
        action: { kind: 'delegate', name: 'd', namespace: 'bookinfo' },
        timeout: { kind: 'unset' },
        mirrors: [],
      },
      {
        matches: [
          {
            gateways: [],
            sourceLabels: {},
            port: 6,
            headers: {},
            withoutHeaders: {},
            queryParams: {},
            ignoreUriCase: false,
          },
        ],
        action: {
          kind: 'route',
          destinations: [{ destination: { host: 'reviews.bookinfo.svc.cluster.local' }, weight: 0 }],
        },
        timeout: { kind: 'off' },
        mirrors: [
          { destination: { host: 's1.bookinfo.svc.cluster.local' }, percent: 1 },
          { destination: { host: 's2.bookinfo.svc.cluster.local' } },
        ],
        cors: {
          allowOrigins: [{ kind: 'exact', value: 'https://a' }],
          allowMethods: [],
          allowHeaders: [],
          exposeHeaders: [],
          unmatchedPreflights: 'forward',
        },
      },
      {
        matches: [],
        action: {
          kind: 'route',
          destinations: [{ destination: { host: 'reviews.bookinfo.svc.cluster.local' }, weight: 7 }],
        },
        timeout: { kind: 'unset' },
        mirrors: [{ destination: { host: 's.bookinfo.svc.cluster.local' }, percent: 3 }],
        retries: { attempts: 0 },
        fault: { abort: { status: { kind: 'http', code: 503 } } },
      },
    ],
    tls: [
      {
        matches: [
          {
            gateways: [],
            sourceLabels: {},
            port: 443,
            destinationSubnets: ['10.0.0.0/8'],
            sniHosts: ['a.example.com'],
          },
        ],
        destinations: [
          { destination: { host: 't.bookinfo.svc.cluster.local' }, weight: 1 },
          { destination: { host: 'u.bookinfo.svc.cluster.local' }, weight: 2 },
        ],
      },
    ],
    tcp: [
      { matches: [], destinations: [{ destination: { host: 't.bookinfo.svc.cluster.local', port: 1 }, weight: 0 }] },
    ],
    semantics: 'istio',
  });
});
