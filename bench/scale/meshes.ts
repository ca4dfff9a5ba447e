import { stringify } from 'yaml';
import type { AskingProxy } from '../../test/support/golden/golden-case.ts';

/** One kind of change in a mesh of some size. */
export interface ScaleChange {
  readonly name: string;
  /** The file that changes and what it says in some round; every round says something else. */
  edit(round: number): readonly [file: string, text: string];
}

/** A mesh that is large in one respect, and who looks at it. */
export interface ScaleMesh {
  /** `10000 VirtualServices on one gateway`. */
  readonly name: string;
  readonly proxy: AskingProxy;
  readonly files: Readonly<Record<string, string>>;
  readonly changes: readonly ScaleChange[];
}

const SERVICES = 100;

/** Many VirtualServices that are bound to one Gateway, each for a host of its own. */
export function virtualServicesOnGateway(count: number): ScaleMesh {
  const services = Array.from({ length: SERVICES }, (_, i) => [`service-${i}.yaml`, serviceText(i)] as const);
  const rules = Array.from({ length: count }, (_, i) => [ruleFile(i), ruleText(i, 0)] as const);
  return {
    name: `${count} VirtualServices on one gateway`,
    proxy: { router: 'default/gw' },
    files: {
      'gateway.yaml': GATEWAY,
      'delegate.yaml': delegateText(0),
      ...Object.fromEntries([...services, ...rules]),
    },
    changes: [
      {
        name: 'one VirtualService',
        edit: (round) => [
          ruleFile(1 + ((round * 37) % (count - 1))),
          ruleText(1 + ((round * 37) % (count - 1)), round),
        ],
      },
      { name: 'one delegate', edit: (round) => ['delegate.yaml', delegateText(round)] },
      {
        name: 'one endpoint',
        edit: (round) => [`service-${round % SERVICES}.yaml`, serviceText(round % SERVICES, round)],
      },
    ],
  };
}

/** Many Services in the scope of one sidecar, some of them with a DestinationRule. */
export function servicesInScope(count: number): ScaleMesh {
  const services = Array.from({ length: count }, (_, i) => [`service-${i}.yaml`, serviceText(i)] as const);
  const policies = Array.from({ length: count }, (_, i) => [`policy-${i}.yaml`, policyText(i, 0)] as const);
  const at = (round: number, first: number) => (first + round * 38) % count;
  return {
    name: `${count} Services and DestinationRules in one scope`,
    proxy: { sidecar: 'default/client' },
    files: Object.fromEntries([...services, ...policies]),
    changes: [
      {
        name: 'one Service',
        edit: (round) => [`service-${at(round, 0)}.yaml`, serviceText(at(round, 0), 0, 9000 + round)],
      },
      {
        name: 'one DestinationRule',
        edit: (round) => [`policy-${at(round, 1)}.yaml`, policyText(at(round, 1), round)],
      },
      {
        name: 'one endpoint',
        edit: (round) => [`service-${at(round, 2)}.yaml`, serviceText(at(round, 2), round)],
      },
    ],
  };
}

/** Many ServiceEntries in the scope of one sidecar. */
export function serviceEntriesInScope(count: number): ScaleMesh {
  const entries = Array.from({ length: count }, (_, i) => [entryFile(i), entryText(i, {})] as const);
  // Entries that the other kind of change leaves alone: an edit must not undo one.
  const at = (round: number, first: number) => (first + round * 38) % count;
  return {
    name: `${count} ServiceEntries in one scope`,
    proxy: { sidecar: 'default/client' },
    files: Object.fromEntries(entries),
    changes: [
      {
        name: 'one ServiceEntry',
        edit: (round) => [entryFile(at(round, 0)), entryText(at(round, 0), { port: 9000 + round })],
      },
      {
        name: 'one endpoint',
        edit: (round) => [entryFile(at(round, 1)), entryText(at(round, 1), { address: `10.99.0.${round}` })],
      },
    ],
  };
}

const NETWORKING = 'networking.istio.io/v1';

const GATEWAY = stringify({
  apiVersion: NETWORKING,
  kind: 'Gateway',
  metadata: { name: 'gw', namespace: 'default' },
  spec: {
    selector: { istio: 'gw' },
    servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
  },
});

function ruleFile(index: number): string {
  return `rule-${index}.yaml`;
}

function ruleText(index: number, round: number): string {
  return stringify({
    apiVersion: NETWORKING,
    kind: 'VirtualService',
    metadata: { name: `rule-${index}`, namespace: 'default' },
    spec: {
      hosts: [`host-${index}.example.com`],
      gateways: ['gw'],
      http: [
        ...(index === 0 ? [{ match: [{ uri: { prefix: '/delegated' } }], delegate: { name: 'delegate' } }] : []),
        {
          match: [{ uri: { prefix: '/api' } }],
          timeout: `${1 + round}s`,
          route: [{ destination: { host: `service-${index % SERVICES}`, port: { number: 80 } } }],
        },
        { route: [{ destination: { host: `service-${(index + 1) % SERVICES}`, port: { number: 80 } } }] },
      ],
    },
  });
}

/** The first rule has one more that delegates; what it delegates to is what changes. */
function delegateText(round: number): string {
  return stringify({
    apiVersion: NETWORKING,
    kind: 'VirtualService',
    metadata: { name: 'delegate', namespace: 'default' },
    spec: {
      http: [
        {
          match: [{ uri: { prefix: '/delegated' } }],
          timeout: `${1 + round}s`,
          route: [{ destination: { host: 'service-0', port: { number: 80 } } }],
        },
      ],
    },
  });
}

function policyText(index: number, round: number): string {
  return stringify({
    apiVersion: NETWORKING,
    kind: 'DestinationRule',
    metadata: { name: `policy-${index}`, namespace: 'default' },
    spec: { host: `service-${index}`, trafficPolicy: { connectionPool: { tcp: { maxConnections: 100 + round } } } },
  });
}

function serviceText(index: number, round = 0, port?: number): string {
  const name = `service-${index}`;
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default' },
    spec: {
      clusterIP: `10.${64 + Math.floor(index / 62_500)}.${Math.floor(index / 250) % 250}.${index % 250}`,
      ports: [{ name: 'http', port: 80 }, ...(port === undefined ? [] : [{ name: 'tcp-extra', port }])],
    },
  };
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-1`, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: [`10.${1 + Math.floor(index / 250)}.${index % 250}.${round}`] }],
    ports: [{ name: 'http', port: 80 }],
  };
  return [service, slice].map((object) => stringify(object)).join('---\n');
}

function entryFile(index: number): string {
  return `entry-${index}.yaml`;
}

function entryText(index: number, { port, address }: { readonly port?: number; readonly address?: string }): string {
  const high = Math.floor(index / 250);
  const extra = port === undefined ? [] : [{ number: port, name: 'http-extra', protocol: 'HTTP' }];
  return stringify({
    apiVersion: NETWORKING,
    kind: 'ServiceEntry',
    metadata: { name: `entry-${index}`, namespace: 'default' },
    spec: {
      hosts: [`host-${index}.example.com`],
      addresses: [`10.4.${high}.${index % 250}`],
      ports: [{ number: 80, name: 'http', protocol: 'HTTP' }, { number: 443, name: 'tls', protocol: 'TLS' }, ...extra],
      resolution: 'STATIC',
      endpoints: [{ address: address ?? `10.5.${high}.${index % 250}` }],
    },
  });
}
