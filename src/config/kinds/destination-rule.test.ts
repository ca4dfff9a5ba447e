import { expect, it } from 'vitest';
import { readValue } from '../../../test/support/issues.ts';

const YAML = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews, namespace: bookinfo, resourceVersion: "1"}
spec:
  host: reviews
  exportTo: ["."]
  workloadSelector: {matchLabels: {app: client}}
  trafficPolicy:
    loadBalancer:
      consistentHash: {httpCookie: {name: user, path: /p, ttl: 0s, attributes: [{name: SameSite, value: Lax}]}, maglev: {tableSize: 65537}}
      localityLbSetting:
        distribute: [{from: a/*, to: {a/b: 80, c: 20}}]
        failoverPriority: [topology.istio.io/network]
        enabled: false
      warmup: {duration: 30s, minimumPercent: 5, aggression: 1.5}
    connectionPool:
      tcp: {maxConnections: 100, connectTimeout: 30ms, tcpKeepalive: {probes: 3, time: 7200s, interval: 75s}, maxConnectionDuration: 1h, idleTimeout: 0s}
      http:
        http1MaxPendingRequests: 1
        http2MaxRequests: 2
        maxRequestsPerConnection: 3
        maxRetries: 4
        idleTimeout: 5s
        h2UpgradePolicy: DO_NOT_UPGRADE
        useClientProtocol: true
        maxConcurrentStreams: 6
        http2KeepAlive: {interval: 7s, timeout: 8s}
    outlierDetection:
      splitExternalLocalOriginErrors: true
      consecutiveLocalOriginFailures: 1
      consecutiveGatewayErrors: 0
      consecutive5xxErrors: 7
      interval: 5m
      baseEjectionTime: 15m
      maxEjectionPercent: 50
      minHealthPercent: 25
      outlierDetectionHttpErrorCodes: [500, 503]
    tls: {mode: MUTUAL, clientCertificate: /c, privateKey: /k, caCertificates: /ca, subjectAltNames: [spiffe://x], sni: s, caCrl: /crl}
    tunnel: {targetHost: proxy, targetPort: 3128}
    retryBudget: {percent: 12.5, minRetryConcurrency: 2, budgetInterval: 10s}
    portLevelSettings:
    - port: {number: 80}
      loadBalancer: {simple: LEAST_CONN, warmupDurationSecs: 10s}
    - port: {number: 81}
      loadBalancer: {consistentHash: {httpHeaderName: x-user, ringHash: {}}}
      tls: {mode: DISABLE}
    - port: {number: 82}
      loadBalancer: {consistentHash: {useSourceIp: true}}
      tls: {mode: ISTIO_MUTUAL, sni: ""}
    - port: {number: 83}
      loadBalancer: {consistentHash: {httpQueryParameterName: q, minimumRingSize: 8}}
      tls: {mode: SIMPLE, credentialName: c}
    - port: {number: 84}
      loadBalancer: {zoneAwareLbSetting: {minClusterSize: 3, failover: [{from: a, to: b}]}}
  subsets:
  - name: v1
    labels: {version: v1}
    trafficPolicy: {proxyProtocol: {version: V2}, loadBalancer: {simple: PASSTHROUGH}}
  - name: all
`;

it('reads every field of a DestinationRule', () => {
  expect(readValue(YAML)).toEqual({
    meta: {
      kind: 'DestinationRule',
      name: 'reviews',
      namespace: 'bookinfo',
      labels: {},
      annotations: {},
      createdMs: 0,
      origin: { kind: 'file', file: 'test.yaml', line: 1, column: 1 },
      revision: '1',
    },
    host: 'reviews.bookinfo.svc.cluster.local',
    subsets: [
      {
        name: 'v1',
        labels: { version: 'v1' },
        trafficPolicy: { loadBalancer: { simple: 'passthrough' }, portLevel: new Map([]), proxyProtocol: 'V2' },
      },
      { name: 'all', labels: {} },
    ],
    exportTo: ['.'],
    visibility: { kind: 'private' },
    trafficPolicy: {
      loadBalancer: {
        consistentHash: {
          key: {
            kind: 'cookie',
            cookie: { name: 'user', path: '/p', ttlMs: 0, attributes: [{ name: 'SameSite', value: 'Lax' }] },
          },
          algorithm: { kind: 'maglev', tableSize: 65537 },
        },
        locality: {
          enabled: false,
          distribute: [{ from: 'a/*', to: { 'a/b': 80, c: 20 } }],
          failover: [],
          failoverPriority: ['topology.istio.io/network'],
        },
        warmup: { durationMs: 30000, legacy: false, minimumPercent: 5, aggression: 1.5 },
      },
      connectionPool: {
        tcp: {
          maxConnections: 100,
          connectTimeoutMs: 30,
          keepalive: { probes: 3, timeMs: 7200000, intervalMs: 75000 },
          maxConnectionDurationMs: 3600000,
          idleTimeoutMs: 0,
        },
        http: {
          http1MaxPendingRequests: 1,
          http2MaxRequests: 2,
          maxRequestsPerConnection: 3,
          maxRetries: 4,
          idleTimeoutMs: 5000,
          h2UpgradePolicy: 'do-not-upgrade',
          useClientProtocol: true,
          maxConcurrentStreams: 6,
          keepalive: { intervalMs: 7000, timeoutMs: 8000 },
        },
      },
      outlierDetection: {
        splitExternalLocalOriginErrors: true,
        httpErrorCodes: ['500', '503'],
        consecutive5xxErrors: 7,
        consecutiveGatewayErrors: 0,
        consecutiveLocalOriginFailures: 1,
        intervalMs: 300000,
        baseEjectionTimeMs: 900000,
        maxEjectionPercent: 50,
        minHealthPercent: 25,
      },
      tls: {
        mode: 'mutual',
        subjectAltNames: ['spiffe://x'],
        insecureSkipVerify: false,
        sni: 's',
        clientCertificate: '/c',
        privateKey: '/k',
        caCertificates: '/ca',
        caCrl: '/crl',
      },
      portLevel: new Map([
        [
          84,
          {
            loadBalancer: {
              zoneAware: { enabled: true, failover: [{ from: 'a', to: 'b' }], failoverPriority: [], minClusterSize: 3 },
            },
          },
        ],
        [
          83,
          {
            loadBalancer: {
              consistentHash: {
                key: { kind: 'query-parameter', name: 'q' },
                algorithm: { kind: 'ring-hash', minimumRingSize: 8 },
              },
            },
            tls: { mode: 'simple', subjectAltNames: [], insecureSkipVerify: false, credentialName: 'c' },
          },
        ],
        [
          82,
          {
            loadBalancer: {
              consistentHash: { key: { kind: 'source-ip' }, algorithm: { kind: 'ring-hash', minimumRingSize: 1024 } },
            },
            tls: { mode: 'istio-mutual', subjectAltNames: [] },
          },
        ],
        [
          81,
          {
            loadBalancer: {
              consistentHash: { key: { kind: 'header', name: 'x-user' }, algorithm: { kind: 'ring-hash' } },
            },
            tls: { mode: 'disable' },
          },
        ],
        [80, { loadBalancer: { simple: 'least-request', warmup: { durationMs: 10000, legacy: true } } }],
      ]),
      tunnel: { protocol: 'CONNECT', targetHost: 'proxy', targetPort: 3128 },
      retryBudget: { percent: 12.5, minRetryConcurrency: 2, budgetIntervalMs: 10000 },
    },
    workloadSelector: { app: 'client' },
  });
});

it('picks every workload of its namespace with a selector that asks for nothing', async () => {
  const text = (selector: string) => `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews, namespace: bookinfo }
spec: { host: reviews, workloadSelector: ${selector} }
`;
  for (const selector of ['{}', '{ matchLabels: {} }']) {
    expect(await readValue(text(selector))).toMatchObject({ workloadSelector: {}, visibility: { kind: 'private' } });
  }
});
