import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../../src/kit/log.ts';
import { INGRESS, meshOf } from '../../support/facts/mesh.ts';
import { destinationRule, ECHO, ECHO_PODS, gateway, serviceEntry } from '../../support/facts/objects.ts';

const E = 'echo.default.svc.cluster.local';
const LOC = 'loc.example.com';

/** Five endpoints from near to far, seen from `r1/z1/sz1`. */
const PLACES = serviceEntry(
  'loc',
  `{ hosts: [${LOC}], resolution: STATIC, ports: [{ name: http, number: 80, protocol: HTTP }], endpoints: [
    { address: 10.1.0.1, locality: r1/z1/sz1, labels: { ver: a } },
    { address: 10.1.0.2, locality: r1/z1/sz2, labels: { ver: b } },
    { address: 10.1.0.3, locality: r1/z2, labels: { ver: a } },
    { address: 10.1.0.4, locality: r2 },
    { address: 10.1.0.5, locality: r3, labels: { ver: a } }] }`,
);

/** `part` of the groups of those endpoints under a locality setting. */
async function groupsUnder(
  setting: string,
  part: string,
  labels: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const policy = `{ loadBalancer: { localityLbSetting: ${setting} }, outlierDetection: {} }`;
  const rule = destinationRule('loc', `{ host: ${LOC}, trafficPolicy: ${policy} }`);
  const mesh = await meshOf([PLACES, rule], { locality: 'r1/z1/sz1', labels: { app: 'client', ...labels } });
  return mesh.show(`endpoints outbound|80||${LOC} → endpoints${part}`);
}

beforeAll(() => configureLogs({ write: () => undefined }));

describe('endpoints by their places', () => {
  const NEAR = { region: 'r1', zone: 'z1', sub_zone: 'sz1' };
  const NEXT = { region: 'r1', zone: 'z1', sub_zone: 'sz2' };
  const ZONE_2 = { region: 'r1', zone: 'z2' };

  it('RC73: nearer endpoints come first, a region to fail over to before the others', async () => {
    expect(await groupsUnder('{ failover: [{ from: r1, to: r3 }] }', '[*].{priority,locality}')).toEqual([
      { locality: NEAR },
      { locality: NEXT, priority: 1 },
      { locality: ZONE_2, priority: 2 },
      { locality: { region: 'r2' }, priority: 4 },
      { locality: { region: 'r3' }, priority: 3 },
    ]);
  });

  it('RC74: or those that share the first labels, in the order that is asked for', async () => {
    const setting = '{ failoverPriority: [topology.kubernetes.io/region, ver] }';
    expect(await groupsUnder(setting, '[*].{priority,locality}', { ver: 'a' })).toEqual([
      { locality: NEAR },
      { locality: NEXT, priority: 1 },
      { locality: ZONE_2 },
      { locality: { region: 'r2' }, priority: 2 },
      { locality: { region: 'r3' }, priority: 2 },
    ]);
  });

  it('RC75: shares may be set by place; places without a share are empty', async () => {
    const setting = "{ distribute: [{ from: r1/*, to: { 'r1/z1/*': 70, 'r3/*': 30 } }] }";
    expect(await groupsUnder(setting, '[*].{locality,load_balancing_weight}')).toEqual([
      { locality: NEAR, load_balancing_weight: 35 },
      { locality: NEXT, load_balancing_weight: 35 },
      { locality: ZONE_2, load_balancing_weight: 1 },
      { locality: { region: 'r2' }, load_balancing_weight: 1 },
      { locality: { region: 'r3' }, load_balancing_weight: 30 },
    ]);
    expect(await groupsUnder(setting, '[2].lb_endpoints')).toBeUndefined();
    expect(await groupsUnder(setting, '[3].lb_endpoints')).toBeUndefined();
  });
});

describe('endpoints', () => {
  it('RC76: pods that are not ready are sent, as unhealthy', async () => {
    const unready = ECHO_PODS.replace('{ ready: true }', '{ ready: false, terminating: false }');
    const mesh = await meshOf([ECHO, unready]);
    const path = `endpoints outbound|80||${E} → endpoints[0].lb_endpoints[*].health_status`;
    expect(mesh.show(path)).toEqual(['UNHEALTHY', 'HEALTHY']);
  });

  it('RC77: of a ServiceEntry with two addresses every endpoint is there once, of unknown health', async () => {
    // Istio has each of them twice (ADR 3).
    const mesh = await meshOf([
      serviceEntry(
        'two',
        `{ hosts: [two.example.com], addresses: [10.9.0.1, 10.9.0.2], resolution: STATIC,
           ports: [{ number: 80, name: http, protocol: HTTP }],
           endpoints: [{ address: 10.1.0.1 }, { address: 10.1.0.2 }, { address: 10.1.0.3 }] }`,
      ),
    ]);
    const group = 'endpoints outbound|80||two.example.com → endpoints[0]';
    expect(mesh.show(`${group}.load_balancing_weight`)).toBe(3);
    expect(mesh.show(`${group}.lb_endpoints[*].{endpoint,health_status}`)).toEqual(
      ['10.1.0.1', '10.1.0.2', '10.1.0.3'].map((address) => ({
        endpoint: { address: { socket_address: { address, port_value: 80 } } },
      })),
    );
  });

  it('RC78: an endpoint says whether it takes mutual TLS, and which workload it is', async () => {
    const owned = ECHO_PODS.replace(
      'version: v1,',
      "version: v1, pod-template-hash: '1', service.istio.io/workload-name: echo-v1,",
    );
    const mesh = await meshOf([ECHO, owned]);
    const metadata = `endpoints outbound|80||${E} → endpoints[0].lb_endpoints[0].metadata.filter_metadata`;
    expect(mesh.show(metadata)).toEqual({
      'envoy.transport_socket_match': { tlsMode: 'istio' },
      istio: { workload: 'echo-v1;default;echo;v1;Kubernetes' },
    });
  });
});

describe('endpoints of other networks', () => {
  const S = 's.example.com';
  const east = (name: string, address: string) =>
    `{ apiVersion: v1, kind: Service, metadata: { name: ${name}, namespace: istio-system, labels: { topology.istio.io/network: n2 } },
       spec: { clusterIP: 10.96.1.1, externalIPs: [${address}], ports: [{ name: tls, port: 15443 }] } }`;
  const MESH = [
    east('east-a', '4.4.4.4'),
    east('east-b', '5.5.5.5'),
    serviceEntry(
      's',
      `{ hosts: [${S}], location: MESH_INTERNAL, resolution: STATIC, ports: [{ number: 80, name: http, protocol: HTTP }],
         endpoints: [
           { address: 10.1.0.1, network: n1 },
           { address: 10.2.0.1, network: n2, weight: 4, labels: { security.istio.io/tlsMode: istio } },
           { address: 10.2.0.2, network: n2 },
           { address: 10.3.0.1, network: n3 },
           { address: 10.4.0.1 }] }`,
    ),
  ];
  const ENDPOINTS = '[*].lb_endpoints[*].{endpoint,load_balancing_weight}';
  const at = (address: string, port: number, weight: number) => ({
    endpoint: { address: { socket_address: { address, port_value: port } } },
    load_balancing_weight: weight,
  });
  const FROM_N1 = [
    at('10.1.0.1', 80, 2),
    at('10.3.0.1', 80, 2),
    at('10.4.0.1', 80, 2),
    at('4.4.4.4', 15443, 4),
    at('5.5.5.5', 15443, 4),
  ];

  it('RC86: what another network has behind its gateways is called there, by mutual TLS or not at all', async () => {
    const mesh = await meshOf(MESH, { network: 'n1' });
    const endpoints = `endpoints outbound|80||${S} → endpoints`;
    expect(mesh.show(endpoints + ENDPOINTS)).toEqual(FROM_N1);
    expect(mesh.show(`${endpoints}[0].load_balancing_weight`)).toBe(14);
    expect(mesh.show(`${endpoints}[0].lb_endpoints[3].metadata.filter_metadata`)).toEqual({
      'envoy.transport_socket_match': { tlsMode: 'istio' },
      istio: { workload: ';;;;Kubernetes' },
    });
  });

  it('RC87: so it is for a proxy of an unknown network', async () => {
    const mesh = await meshOf(MESH);
    expect(mesh.show(`endpoints outbound|80||${S} → endpoints${ENDPOINTS}`)).toEqual(FROM_N1);
  });

  it('RC88: the gateway of that network calls the endpoints themselves; what is routed by SNI, only those with mutual TLS', async () => {
    const passing = gateway(
      'cross',
      "[{ port: { name: tls, number: 15443, protocol: TLS }, hosts: ['*.example.com'], tls: { mode: AUTO_PASSTHROUGH } }]",
    );
    const mesh = await meshOf([...MESH, passing], { ...INGRESS, network: 'n2' });
    expect(mesh.show(`endpoints outbound_.80_._.${S} → endpoints${ENDPOINTS}`)).toEqual([at('10.2.0.1', 80, 8)]);
    const direct = mesh.show(
      `endpoints outbound|80||${S} → endpoints[0].lb_endpoints[*].endpoint.address.socket_address.address`,
    );
    expect(direct).toEqual(['10.1.0.1', '10.2.0.1', '10.2.0.2', '10.3.0.1', '10.4.0.1']);
  });
});
