import { describe, expect, it } from 'vitest';
import { readSpecIssues } from '../../../test/support/issues.ts';

describe('DestinationRule: issues when', () => {
  it.each([
    {
      when: 'the host is none',
      spec: `
host: "a b"
`,
      issues: ['1:7 error HOST_INVALID spec.host is "a b", expected a host name, or one that begins with "*."'],
    },
    {
      when: 'the host is missing',
      spec: `
trafficPolicy: {loadBalancer: {simple: RANDOM}}
`,
      issues: ['1:1 error FIELD_MISSING spec.host is missing, but required'],
    },
    {
      when: 'a policy is empty',
      spec: `
host: a
trafficPolicy: {}
`,
      issues: [
        '2:16 error POLICY_EMPTY spec.trafficPolicy is empty, expected settings such as loadBalancer or connectionPool',
      ],
    },
    {
      when: 'a tunnel leads nowhere',
      spec: `
host: a
trafficPolicy:
  tunnel: {protocol: connect, targetHost: x y, targetPort: 0}
`,
      issues: [
        '3:22 error ENUM_UNKNOWN spec.trafficPolicy.tunnel.protocol is "connect", expected CONNECT or POST; did you mean CONNECT?',
        '3:43 error HOST_INVALID spec.trafficPolicy.tunnel.targetHost is "x y", expected a host name or an IP address',
        '3:60 error VALUE_RANGE spec.trafficPolicy.tunnel.targetPort is 0, expected a number of at least 1',
      ],
    },
    {
      when: 'a name for TLS or a cookie is more than proxies take',
      spec: `
host: a
trafficPolicy:
  tls: {mode: SIMPLE, sni: "${'é'.repeat(128)}"}
  loadBalancer:
    consistentHash: {httpCookie: {name: u, attributes: [{name: "a\\n", value: "b\\0"}]}}
subsets: [{name: s, trafficPolicy: {tls: {mode: SIMPLE, sni: "a\\0b"}}}]
`,
      issues: [
        '3:28 error VALUE_RANGE spec.trafficPolicy.tls.sni is 256 bytes long, expected at most 255',
        '5:64 error HEADER_INVALID spec.trafficPolicy.loadBalancer.consistentHash.httpCookie.attributes[0].name has a line break or a NUL character, which headers cannot carry',
        '5:78 error HEADER_INVALID spec.trafficPolicy.loadBalancer.consistentHash.httpCookie.attributes[0].value has a line break or a NUL character, which headers cannot carry',
        '6:62 error HOST_INVALID spec.subsets[0].trafficPolicy.tls.sni has a NUL character, which no name has',
      ],
    },
    {
      when: 'durations are longer than proxies can count',
      spec: `
host: a
trafficPolicy:
  connectionPool:
    tcp: {connectTimeout: 9223372036s, maxConnectionDuration: 2562047h, tcpKeepalive: {time: 4294967296s, interval: 4294967295s}}
`,
      issues: [
        '4:27 error DURATION_INVALID spec.trafficPolicy.connectionPool.tcp.connectTimeout is "9223372036s", expected a duration of at least 1 ms in whole milliseconds, such as 5s, 500ms or 1m30s',
        '4:94 error DURATION_INVALID spec.trafficPolicy.connectionPool.tcp.tcpKeepalive.time is "4294967296s", expected a duration of at least 1 ms and at most 4294967295 seconds, in whole milliseconds, such as 45s or 1m30s',
      ],
    },
    {
      when: 'tunnel and PROXY protocol stand side by side',
      spec: `
host: a
trafficPolicy:
  tunnel: {targetHost: x, targetPort: 1}
  proxyProtocol: {version: V3}
`,
      issues: [
        '4:3 error FIELD_EXCLUSIVE spec.trafficPolicy may have only one of tunnel and proxyProtocol',
        '4:28 error ENUM_UNKNOWN spec.trafficPolicy.proxyProtocol.version is "V3", expected V1 or V2; did you mean V1?',
      ],
    },
    {
      when: 'numbers and durations are out of range',
      spec: `
host: a
trafficPolicy:
  outlierDetection: {interval: 0s, maxEjectionPercent: 101, outlierDetectionHttpErrorCodes: [99]}
  connectionPool: {tcp: {maxConnections: -1}, http: {maxRetries: 1.5}}
`,
      issues: [
        '3:32 error DURATION_INVALID spec.trafficPolicy.outlierDetection.interval is "0s", expected a duration of at least 1 ms in whole milliseconds, such as 5s, 500ms or 1m30s',
        '3:56 error VALUE_RANGE spec.trafficPolicy.outlierDetection.maxEjectionPercent is 101, expected a number of at most 100',
        '3:94 error VALUE_RANGE spec.trafficPolicy.outlierDetection.outlierDetectionHttpErrorCodes[0] is 99, expected a number of at least 100',
        '4:42 error VALUE_RANGE spec.trafficPolicy.connectionPool.tcp.maxConnections is -1, expected a number of at least 0',
        '4:66 error FIELD_TYPE spec.trafficPolicy.connectionPool.http.maxRetries is a number, expected a whole number',
      ],
    },
    {
      when: 'outliers are detected in ways that have no effect',
      spec: `
host: a
trafficPolicy:
  outlierDetection: {consecutiveErrors: 1, consecutiveLocalOriginFailures: 2}
`,
      issues: [
        '3:22 warning FIELD_IGNORED consecutiveErrors has no effect any more: use consecutive5xxErrors',
        '3:44 error DR_LOCAL_ORIGIN_NOT_SPLIT consecutiveLocalOriginFailures needs splitExternalLocalOriginErrors: true',
      ],
    },
    {
      when: 'a connection pool contradicts itself',
      spec: `
host: a
trafficPolicy:
  connectionPool: {http: {useClientProtocol: true, h2UpgradePolicy: UPGRADE, http2KeepAlive: {interval: 1s}}}
  portLevelSettings: [{port: {number: 1}, connectionPool: {}}]
`,
      issues: [
        '3:27 error FIELD_EXCLUSIVE useClientProtocol contradicts h2UpgradePolicy: UPGRADE',
        '3:94 error FIELD_MISSING spec.trafficPolicy.connectionPool.http.http2KeepAlive.timeout is missing, but pings need both interval and timeout',
        '4:59 error POLICY_EMPTY spec.trafficPolicy.portLevelSettings[0].connectionPool is empty, expected tcp or http',
      ],
    },
    {
      when: 'consistent hashing is incomplete',
      spec: `
host: a
trafficPolicy:
  loadBalancer: {consistentHash: {httpCookie: {name: c, attributes: [{name: A}, {name: A}]}, minimumRingSize: 5, maglev: {tableSize: 10}}}
  portLevelSettings: [{port: {number: 1}, loadBalancer: {consistentHash: {minimumRingSize: 5}}}]
`,
      issues: [
        '3:81 error DR_COOKIE_ATTRIBUTE_REPEATED the cookie has the attribute "A" twice',
        '3:94 error FIELD_EXCLUSIVE minimumRingSize cannot stand beside ringHash or maglev',
        '3:134 error DR_MAGLEV_SIZE the table of maglev has the size 10, expected a prime number below 5000011',
        '4:74 error DR_HASH_KEY_MISSING consistentHash does not say what to hash: a header, a cookie, the source IP or a query parameter',
        '4:75 warning FIELD_DEPRECATED minimumRingSize has given way to ringHash.minimumRingSize',
      ],
    },
    {
      when: 'load balancing is said in two ways',
      spec: `
host: a
trafficPolicy:
  loadBalancer:
    simple: RANDOM
    consistentHash: {useSourceIp: true}
    warmup: {duration: 1s}
    warmupDurationSecs: 10s
    zoneAwareLbSetting: {}
    localityLbSetting: {}
`,
      issues: [
        '5:5 error FIELD_EXCLUSIVE spec.trafficPolicy.loadBalancer may have only one of simple and consistentHash',
        '6:5 error FIELD_EXCLUSIVE spec.trafficPolicy.loadBalancer may have only one of warmupDurationSecs and warmup',
        '8:5 error FIELD_EXCLUSIVE spec.trafficPolicy.loadBalancer may have only one of localityLbSetting and zoneAwareLbSetting',
      ],
    },
    {
      when: 'a warm-up is old or stands still',
      spec: `
host: a
trafficPolicy: {loadBalancer: {warmup: {duration: 1s, aggression: 0}}}
subsets: [{name: v1, trafficPolicy: {loadBalancer: {warmupDurationSecs: 10s}}}]
`,
      issues: [
        '2:67 error VALUE_RANGE the aggression of a warm-up is 0, expected a number above it',
        '3:53 warning FIELD_DEPRECATED warmupDurationSecs has given way to warmup.duration',
      ],
    },
    {
      when: 'localities contradict each other',
      spec: `
host: a
trafficPolicy:
  outlierDetection: {}
  loadBalancer:
    localityLbSetting:
      distribute: [{from: a/*, to: {b: 50, "b/c": 40, "*/x": 1}}, {from: a, to: {c: 100}}]
      failover: [{from: a, to: a}, {from: "a/b", to: c}]
`,
      issues: [
        '6:7 error LOCALITY_INVALID spec.trafficPolicy.loadBalancer.localityLbSetting may have either distribute or failover, not both',
        '6:19 error LOCALITY_INVALID localities "a/*" and "a" overlap',
        '6:36 error LOCALITY_INVALID the shares of spec.trafficPolicy.loadBalancer.localityLbSetting.distribute[0] add up to 91, expected 100',
        '6:36 error LOCALITY_INVALID "*/x" is no locality, expected region, region/zone or region/zone/subzone, of which the last may be "*"',
        '6:36 error LOCALITY_INVALID localities "b" and "b/c" overlap',
        '7:18 error LOCALITY_INVALID spec.trafficPolicy.loadBalancer.localityLbSetting.failover[0] fails over from "a" to itself',
        '7:36 error LOCALITY_INVALID "a/b" is no region, expected one without "/" and "*"',
      ],
    },
    {
      when: 'failover has nothing to go by',
      spec: `
host: a
trafficPolicy:
  loadBalancer:
    localityLbSetting: {failover: [{from: a, to: b}], failoverPriority: [topology.kubernetes.io/zone]}
`,
      issues: [
        '4:24 warning FAILOVER_WITHOUT_OUTLIERS spec.trafficPolicy.loadBalancer.localityLbSetting has no effect without outlierDetection: nothing else says that workloads fail',
        '4:73 error LOCALITY_INVALID spec.trafficPolicy.loadBalancer.localityLbSetting may not have both failover and labels of topology in failoverPriority',
      ],
    },
    {
      when: 'zone-aware balancing is told of zones',
      spec: `
host: a
trafficPolicy: {loadBalancer: {zoneAwareLbSetting: {failoverPriority: [topology.kubernetes.io/zone]}}}
`,
      issues: [
        '2:52 warning FAILOVER_WITHOUT_OUTLIERS spec.trafficPolicy.loadBalancer.zoneAwareLbSetting has no effect without outlierDetection: nothing else says that workloads fail',
        '2:72 error LOCALITY_INVALID "topology.kubernetes.io/zone" is a label of topology, which zone-aware balancing already weighs',
      ],
    },
    {
      when: 'TLS verifies what it does not verify, and lacks a certificate',
      spec: `
host: a
trafficPolicy:
  tls: {mode: MUTUAL, insecureSkipVerify: true, caCertificates: /a, subjectAltNames: [x]}
`,
      issues: [
        '3:8 error TLS_CERTIFICATE_MISSING spec.trafficPolicy.tls.clientCertificate is missing, but mode MUTUAL needs it, or credentialName',
        '3:8 error TLS_CERTIFICATE_MISSING spec.trafficPolicy.tls.privateKey is missing, but mode MUTUAL needs it, or credentialName',
        '3:49 error TLS_UNVERIFIED caCertificates cannot be checked when insecureSkipVerify is set',
        '3:69 error TLS_UNVERIFIED subjectAltNames cannot be checked when insecureSkipVerify is set',
      ],
    },
    {
      when: 'TLS has two sources of certificates',
      spec: `
host: a
trafficPolicy:
  portLevelSettings:
  - {port: {number: 1}, tls: {mode: SIMPLE, credentialName: c, caCertificates: /a}}
  - {port: {number: 2}, tls: {mode: SIMPLE, credentialName: "configmap://other/c"}}
  - {port: {number: 3}, tls: {mode: SIMPLE, credentialName: c, insecureSkipVerify: true}}
`,
      issues: [
        '4:64 error TLS_TWO_SOURCES caCertificates cannot stand beside credentialName',
        '5:61 error TLS_CREDENTIAL_FOREIGN spec.trafficPolicy.portLevelSettings[1].tls.credentialName is in namespace "other", expected that of the rule, "own"',
        '6:45 error TLS_UNVERIFIED credentialName brings authorities, which cannot be checked when insecureSkipVerify is set',
      ],
    },
    {
      when: 'ports are set twice, or not at all',
      spec: `
host: a
trafficPolicy:
  portLevelSettings:
  - {port: {number: 1}, loadBalancer: {}}
  - {port: {number: 1}}
`,
      issues: [
        '5:5 error POLICY_EMPTY spec.trafficPolicy.portLevelSettings[1] is empty, expected settings such as loadBalancer',
        '5:12 warning DR_PORT_REPEATED port 1 has settings twice; the first ones count',
      ],
    },
    {
      when: 'subsets repeat themselves',
      spec: `
host: a
subsets:
- {name: v1, labels: {"x y": z}}
- {name: v1, trafficPolicy: {}}
`,
      issues: [
        '3:23 error LABEL_INVALID "x y" is no key of a label',
        '4:10 error DR_SUBSET_REPEATED subset "v1" is declared more than once',
        '4:29 error POLICY_EMPTY spec.subsets[1].trafficPolicy is empty, expected settings such as loadBalancer or connectionPool',
      ],
    },
    {
      when: 'a rule for some workloads is exported',
      spec: `
host: a
exportTo: ["*"]
workloadSelector: {matchLabels: {}}
`,
      issues: [
        '2:11 error EXPORT_TO_INVALID a rule with a workloadSelector is for its own namespace, so exportTo can only be "."',
        '3:33 warning SELECTOR_EMPTY spec.workloadSelector.matchLabels has no labels, so it picks every workload of the namespace',
      ],
    },
  ])('$when', ({ spec, issues }) => {
    expect(readSpecIssues('DestinationRule', spec)).toEqual(issues);
  });
});
