import { describe, expect, it } from 'vitest';
import { gateway, gatewayServer } from '../../../test/support/gateway.ts';
import { meshConfig } from '../../../test/support/mesh.ts';
import { destinationRule, meta, service, sidecar, virtualService } from '../../../test/support/model.ts';
import { endpoint, endpointIndex } from '../../../test/support/scopes.ts';
import type { HttpRoute } from '../virtual-service.ts';
import type { Snapshot } from '../snapshot.ts';
import type { WorkloadEntry } from '../workload-entry.ts';
import type { KnownWorkload } from './finding.ts';
import { listFindings } from './findings.ts';

const SHOP = { name: 'shop-1', namespace: 'default', labels: { app: 'shop' } };
const HTTP = gatewayServer(80, 'http', ['*']);
const INVISIBLE = { visibility: { kind: 'none' } } as const;

interface Given extends Partial<Snapshot> {
  readonly known?: readonly KnownWorkload[];
  readonly connected?: readonly KnownWorkload[];
  readonly entries?: readonly WorkloadEntry[];
}

function find({ known = [SHOP], connected = [], entries = [], ...parts }: Given): readonly string[] {
  const snapshot: Snapshot = {
    sequence: 1,
    mesh: meshConfig(),
    services: [],
    endpoints: endpointIndex(),
    virtualServices: [],
    destinationRules: [],
    sidecars: [],
    gateways: [],
    envoyFilters: [],
    proxyConfigs: [],
    peerAuthentications: [],
    credentials: new Map(),
    workloads: { byAddress: () => [], byName: () => undefined, hasCluster: () => false },
    namespaces: new Map(),
    ...parts,
  };
  const found = listFindings({
    snapshot,
    workloads: [...known, ...connected],
    workloadEntries: entries,
    proxies: connected,
  });
  return found.map(({ object, code, fate }) => `${object} ${code} ${fate?.kind ?? 'acts'}`);
}

const rule: HttpRoute = {
  matches: [],
  action: { kind: 'direct-response', response: { status: 200 } },
  timeout: { kind: 'unset' },
  mirrors: [],
};
const vs = (rest: Parameters<typeof virtualService>[2]) => virtualService('default', 'a', { http: [rule], ...rest });
const shop = service('default', 'shop');
const dr = (rest: Parameters<typeof destinationRule>[2]) => destinationRule('default', 'shop', rest);
const v1 = { name: 'v1', labels: { version: 'v1' } };
const endpointsOf = (...labels: Readonly<Record<string, string>>[]) =>
  endpointIndex({ [shop.hostname]: labels.map((own, i) => endpoint(`10.0.0.${i}`, { labels: own })) });
const entry: WorkloadEntry = {
  meta: meta('WorkloadEntry', 'default', 'vm'),
  address: '10.0.0.1',
  ports: {},
  labels: { app: 'shop' },
  network: '',
  locality: '',
  weight: 1,
  serviceAccount: '',
};

describe('listFindings', () => {
  it.each<readonly [string, Given, readonly string[]]>([
    [
      'all Gateways of a rule missing',
      { virtualServices: [vs({ gateways: ['x/gw'] })] },
      ['VirtualService/default/a VS_GATEWAY_UNKNOWN ignored'],
    ],
    [
      'one of its Gateways missing',
      {
        virtualServices: [vs({ gateways: ['x/gw', 'x/there'] })],
        gateways: [gateway('there', [HTTP], { namespace: 'x' })],
      },
      ['VirtualService/default/a VS_GATEWAY_UNKNOWN partly-applied'],
    ],
    [
      'a Gateway missing beside the mesh',
      { virtualServices: [vs({ gateways: ['mesh', 'x/gw'], hosts: [shop.hostname] })], services: [shop] },
      ['VirtualService/default/a VS_GATEWAY_UNKNOWN partly-applied'],
    ],
    ['a known host', { virtualServices: [vs({ hosts: [shop.hostname] })], services: [shop] }, []],
    [
      'a wildcard over a known host',
      { virtualServices: [vs({ hosts: ['*.default.svc.cluster.local'] })], services: [shop] },
      [],
    ],
    [
      'an unknown host where port 80 serves such',
      { virtualServices: [vs({ hosts: ['x.com'] })], services: [shop] },
      ['VirtualService/default/a VS_HOST_UNKNOWN acts'],
    ],
    [
      'an unknown host where nothing serves such',
      { virtualServices: [vs({ hosts: ['x.com'] })] },
      ['VirtualService/default/a VS_HOST_UNKNOWN ignored'],
    ],
    [
      'an unknown host beside a known one, for TCP',
      { virtualServices: [vs({ hosts: ['x.com', shop.hostname], http: [] })], services: [shop] },
      ['VirtualService/default/a VS_HOST_UNKNOWN partly-applied'],
    ],
    [
      'a host of a Gateway beside a service',
      {
        virtualServices: [vs({ gateways: ['mesh', 'x/front'], hosts: [shop.hostname, 'shop.com'] })],
        gateways: [gateway('front', [HTTP], { namespace: 'x' })],
        services: [shop],
      },
      [],
    ],
    [
      'a host of a Gateway where nothing of the mesh serves such',
      {
        virtualServices: [vs({ gateways: ['mesh', 'x/front'], hosts: ['shop.com'], http: [] })],
        gateways: [gateway('front', [gatewayServer(443, 'tls', ['default/*.com'])], { namespace: 'x' })],
      },
      [],
    ],
    [
      'a host that no server of its Gateway has, beside one that some has',
      {
        virtualServices: [vs({ gateways: ['mesh', 'x/front'], hosts: ['shop.org', 'shop.com'] })],
        gateways: [gateway('front', [gatewayServer(80, 'http', ['*.com'])], { namespace: 'x' })],
      },
      ['VirtualService/default/a VS_HOST_UNKNOWN partly-applied'],
    ],
    [
      'a host that its Gateway has for another namespace',
      {
        virtualServices: [vs({ gateways: ['mesh', 'x/front'], hosts: ['shop.com'] })],
        gateways: [gateway('front', [gatewayServer(80, 'http', ['other/shop.com'])], { namespace: 'x' })],
      },
      ['VirtualService/default/a VS_HOST_UNKNOWN ignored'],
    ],
    [
      'a host that only a Gateway of other rules has',
      {
        virtualServices: [vs({ hosts: ['shop.com'] })],
        gateways: [gateway('front', [HTTP], { namespace: 'x' })],
      },
      ['VirtualService/default/a VS_HOST_UNKNOWN ignored'],
    ],
    [
      'a host of a Gateway that does not exist',
      {
        virtualServices: [vs({ gateways: ['mesh', 'x/gone'], hosts: ['shop.com'] })],
        services: [shop],
      },
      ['VirtualService/default/a VS_GATEWAY_UNKNOWN partly-applied', 'VirtualService/default/a VS_HOST_UNKNOWN acts'],
    ],
    [
      'a rule that nobody sees',
      { virtualServices: [vs(INVISIBLE)], services: [shop] },
      ['VirtualService/default/a EXPORTED_NOWHERE ignored'],
    ],
    [
      'a delegate that nobody refers to',
      { virtualServices: [vs({ hosts: [] })] },
      ['VirtualService/default/a VS_DELEGATE_UNUSED ignored'],
    ],
    [
      'a delegate in use',
      {
        virtualServices: [
          vs({ hosts: [] }),
          virtualService('default', 'shop', {
            http: [{ ...rule, action: { kind: 'delegate', name: 'a', namespace: 'default' } }],
          }),
        ],
        services: [shop],
      },
      [],
    ],
    ['a rule of another API', { virtualServices: [vs({ gateways: ['x/gw'], semantics: 'gateway' })] }, []],
    [
      'a DestinationRule for nobody',
      { destinationRules: [dr({})] },
      ['DestinationRule/default/shop DR_HOST_UNKNOWN ignored'],
    ],
    ['a DestinationRule for a service', { destinationRules: [dr({})], services: [shop] }, []],
    [
      'a DestinationRule whose clients cannot see the service',
      {
        destinationRules: [destinationRule('other', 'shop', { host: shop.hostname })],
        services: [{ ...shop, visibility: { kind: 'private' } }],
      },
      ['DestinationRule/other/shop DR_HOST_UNKNOWN ignored'],
    ],
    [
      'a DestinationRule that nobody sees',
      { destinationRules: [dr(INVISIBLE)], services: [shop] },
      ['DestinationRule/default/shop EXPORTED_NOWHERE ignored'],
    ],
    [
      'a DestinationRule for clients that do not exist',
      { destinationRules: [dr({ workloadSelector: { app: 'x' } })], services: [shop] },
      ['DestinationRule/default/shop SELECTOR_WITHOUT_WORKLOAD waiting'],
    ],
    [
      'a subset that no endpoint has',
      { destinationRules: [dr({ subsets: [v1] })], services: [shop], endpoints: endpointsOf({ version: 'v2' }) },
      ['DestinationRule/default/shop DR_SUBSET_EMPTY partly-applied'],
    ],
    [
      'a subset that some endpoint has',
      { destinationRules: [dr({ subsets: [v1] })], services: [shop], endpoints: endpointsOf({}, { version: 'v1' }) },
      [],
    ],
    ['subsets of a service without endpoints', { destinationRules: [dr({ subsets: [v1] })], services: [shop] }, []],
    [
      'a Gateway for nobody',
      { gateways: [{ ...gateway('gw', [HTTP]), selector: { istio: 'x' } }] },
      ['Gateway/istio-system/gw SELECTOR_WITHOUT_WORKLOAD waiting'],
    ],
    [
      'a rule of a Gateway for nobody',
      {
        gateways: [{ ...gateway('gw', [HTTP]), selector: { istio: 'x' } }],
        virtualServices: [vs({ gateways: ['istio-system/gw'] })],
      },
      [
        'VirtualService/default/a VS_GATEWAY_WAITING waiting',
        'Gateway/istio-system/gw SELECTOR_WITHOUT_WORKLOAD waiting',
      ],
    ],
    [
      'a Gateway for somebody of another namespace',
      { gateways: [{ ...gateway('gw', [HTTP]), selector: SHOP.labels }] },
      [],
    ],
    ['a Gateway for all', { gateways: [gateway('gw', [HTTP])] }, []],
    [
      'Sidecars for nobody, and for somebody',
      {
        sidecars: [
          sidecar('other', 'nobody', { workloadSelector: SHOP.labels }),
          sidecar('default', 'somebody', { workloadSelector: SHOP.labels }),
        ],
      },
      ['Sidecar/other/nobody SELECTOR_WITHOUT_WORKLOAD waiting'],
    ],
    [
      'Sidecars behind others',
      {
        sidecars: [
          sidecar('default', 'a'),
          sidecar('default', 'b'),
          sidecar('other', 'c'),
          sidecar('default', 'd', { workloadSelector: SHOP.labels }),
          sidecar('default', 'e', { workloadSelector: { ...SHOP.labels, version: 'v1' } }),
        ],
      },
      ['Sidecar/default/b SELECTION_TAKEN shadowed', 'Sidecar/default/e SELECTION_TAKEN shadowed'],
    ],
    [
      'a ProxyConfig behind another',
      {
        proxyConfigs: ['a', 'b'].map((name) => ({ meta: meta('ProxyConfig', 'default', name), environment: {} })),
      },
      ['ProxyConfig/default/b SELECTION_TAKEN shadowed'],
    ],
    [
      'PeerAuthentications behind others, for nobody, and in the root namespace',
      {
        peerAuthentications: [
          { meta: meta('PeerAuthentication', 'default', 'a'), ports: [] },
          { meta: meta('PeerAuthentication', 'default', 'b'), ports: [] },
          { meta: meta('PeerAuthentication', 'default', 'c'), selector: SHOP.labels, ports: [] },
          { meta: meta('PeerAuthentication', 'default', 'd'), selector: SHOP.labels, ports: [] },
          { meta: meta('PeerAuthentication', 'other', 'e'), selector: SHOP.labels, ports: [] },
          { meta: meta('PeerAuthentication', 'istio-system', 'f'), selector: SHOP.labels, ports: [] },
          { meta: meta('PeerAuthentication', 'istio-system', 'g'), ports: [] },
        ],
      },
      [
        'PeerAuthentication/istio-system/f SELECTOR_IN_ROOT ignored',
        'PeerAuthentication/default/b SELECTION_TAKEN shadowed',
        'PeerAuthentication/default/d SELECTION_TAKEN shadowed',
        'PeerAuthentication/other/e SELECTOR_WITHOUT_WORKLOAD waiting',
      ],
    ],
    [
      'EnvoyFilters for nobody, of a namespace and of all',
      {
        envoyFilters: ['other', 'istio-system'].map((namespace) => ({
          meta: meta('EnvoyFilter', namespace, 'f'),
          workloadSelector: SHOP.labels,
          targetRefs: [],
          priority: 0,
          patches: [],
        })),
      },
      ['EnvoyFilter/other/f SELECTOR_WITHOUT_WORKLOAD waiting'],
    ],
    ['a WorkloadEntry for nothing', { entries: [entry] }, ['WorkloadEntry/default/vm WE_WITHOUT_SERVICE waiting']],
    ['a WorkloadEntry of a service', { entries: [entry], services: [{ ...shop, selector: SHOP.labels }] }, []],
    ['a WorkloadEntry that is connected', { entries: [entry], connected: [{ ...SHOP, name: 'vm' }] }, []],
  ])('tells of %s', (_, given, expected) => {
    expect(find(given)).toEqual(expected);
  });

  it('looks at a rule again when the hosts of its Gateway change', () => {
    const rules = [vs({ gateways: ['mesh', 'x/front'], hosts: ['shop.com'] })];
    const front = (host: string) => [gateway('front', [gatewayServer(80, 'http', [host])], { namespace: 'x' })];
    const served = front('*.com');
    const codes = [served, front('*.org'), served].map((gateways) => find({ virtualServices: rules, gateways }).length);
    expect(codes).toEqual([0, 1, 0]);
  });
});
