const ROUTE = [{ destination: { host: 'echo' } }];

/** An object of a kind, and what is wrong with it: the end of "a <kind> whose". */
export type Wrong = readonly [kind: string, problem: string, spec: unknown];

/** What a schema can say. */
export const REFUSED_BY_SCHEMA: readonly Wrong[] = [
  ['VirtualService', 'field nobody knows', { hosts: ['a'], http: [{ route: ROUTE, retry: {} }] }],
  [
    'VirtualService',
    'number is text',
    { hosts: ['a'], http: [{ route: [{ destination: { host: 'b' }, weight: 'x' }] }] },
  ],
  ['VirtualService', 'list is none', { hosts: 'a', http: [{ route: ROUTE }] }],
  ['VirtualService', 'timeout is no duration', { hosts: ['a'], http: [{ route: ROUTE, timeout: 'soon' }] }],
  [
    'VirtualService',
    'retry lasts no time',
    { hosts: ['a'], http: [{ route: ROUTE, retries: { attempts: 1, perTryTimeout: '0s' } }] },
  ],
  [
    'VirtualService',
    'match says two things of one text',
    { hosts: ['a'], http: [{ match: [{ uri: { exact: '/', prefix: '/' } }], route: ROUTE }] },
  ],
  [
    'VirtualService',
    'share is above 100',
    { hosts: ['a'], http: [{ route: ROUTE, mirror: { host: 'b' }, mirrorPercentage: { value: 101 } }] },
  ],
  [
    'VirtualService',
    'destination has no host',
    { hosts: ['a'], http: [{ route: [{ destination: { subset: 'v1' } }] }] },
  ],
  ['DestinationRule', 'host is missing', { trafficPolicy: {} }],
  ['DestinationRule', 'balancer is none', { host: 'a', trafficPolicy: { loadBalancer: { simple: 'FASTEST' } } }],
  [
    'DestinationRule',
    'balancer is two',
    { host: 'a', trafficPolicy: { loadBalancer: { simple: 'RANDOM', consistentHash: { useSourceIp: true } } } },
  ],
  [
    'DestinationRule',
    'ejection lasts no time',
    { host: 'a', trafficPolicy: { outlierDetection: { baseEjectionTime: '0s' } } },
  ],
  ['DestinationRule', 'subset has a name that is no label', { host: 'a', subsets: [{ name: 'v 1' }] }],
  [
    'DestinationRule',
    'port is beyond all ports',
    { host: 'a', trafficPolicy: { portLevelSettings: [{ port: { number: 65_536 } }] } },
  ],
  [
    'DestinationRule',
    'status code is none',
    { host: 'a', trafficPolicy: { outlierDetection: { outlierDetectionHttpErrorCodes: [600] } } },
  ],
  ['Gateway', 'server has no hosts', { servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' } }] }],
  [
    'Gateway',
    'TLS version does not exist',
    {
      servers: [
        {
          port: { number: 443, name: 'x', protocol: 'HTTPS' },
          hosts: ['a'],
          tls: { mode: 'SIMPLE', credentialName: 'c', minProtocolVersion: 'TLSV9' },
        },
      ],
    },
  ],
  ['ServiceEntry', 'hosts are missing', { ports: [{ number: 80, name: 'http' }] }],
  ['ServiceEntry', 'port is beyond all ports', { hosts: ['a.example'], ports: [{ number: 70_000, name: 'http' }] }],
  [
    'ServiceEntry',
    'workloads are named twice over',
    {
      hosts: ['a.example'],
      resolution: 'STATIC',
      workloadSelector: { labels: { a: 'b' } },
      endpoints: [{ address: '1.2.3.4' }],
    },
  ],
  ['Sidecar', 'policy is unknown', { outboundTrafficPolicy: { mode: 'SOMETIMES' } }],
  ['WorkloadEntry', 'weight is below zero', { address: '1.2.3.4', weight: -1 }],
  ['WorkloadGroup', 'template is missing', { probe: { httpGet: { port: 80 } } }],
  ['EnvoyFilter', 'patch goes nowhere', { configPatches: [{ applyTo: 'EVERYTHING', patch: { operation: 'MERGE' } }] }],
  ['ProxyConfig', 'concurrency is text', { concurrency: 'two' }],
  ['PeerAuthentication', 'mode is none', { mtls: { mode: 'ALWAYS' } }],
  ['PeerAuthentication', 'ports have no workload', { portLevelMtls: { 80: { mode: 'STRICT' } } }],
  ['PeerAuthentication', 'ports are missing', { selector: { matchLabels: { app: 'echo' } }, portLevelMtls: {} }],
  ['PeerAuthentication', 'port is none', { selector: { matchLabels: { app: 'echo' } }, portLevelMtls: { 0: {} } }],
  ['PeerAuthentication', 'port is a name', { selector: { matchLabels: { app: 'echo' } }, portLevelMtls: { http: {} } }],
];

/** What only fields together, or words by their meaning, get wrong. */
export const REFUSED_BY_MEANING: readonly Wrong[] = [
  ['VirtualService', 'rules are none', { hosts: ['a'] }],
  ['VirtualService', 'delegate speaks TCP', { tcp: [{ route: ROUTE }] }],
  [
    'VirtualService',
    'regular expression is broken',
    { hosts: ['a'], http: [{ match: [{ uri: { regex: '(' } }], route: ROUTE }] },
  ],
  ['DestinationRule', 'subsets share a name', { host: 'a', subsets: [{ name: 'v1' }, { name: 'v1' }] }],
  [
    'Gateway',
    'certificate is missing',
    {
      selector: { istio: 'gw' },
      servers: [{ port: { number: 443, name: 'x', protocol: 'HTTPS' }, hosts: ['a.example'] }],
    },
  ],
  [
    'Gateway',
    'host is none',
    { selector: { istio: 'gw' }, servers: [{ port: { number: 80, name: 'x', protocol: 'HTTP' }, hosts: ['('] }] },
  ],
  [
    'ServiceEntry',
    'ports share a number',
    {
      hosts: ['a.example'],
      resolution: 'DNS',
      ports: [
        { number: 80, name: 'a' },
        { number: 80, name: 'b' },
      ],
    },
  ],
  ['ServiceEntry', 'host is everything', { hosts: ['*'], resolution: 'DNS', ports: [{ number: 80, name: 'a' }] }],
  ['Sidecar', 'settings are none', {}],
  ['WorkloadEntry', 'address is missing', { ports: { http: 80 } }],
];
