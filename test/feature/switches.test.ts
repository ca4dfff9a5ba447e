import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../src/kit/log.ts';
import { DEFAULT_FEATURES, type MeshFeatures } from '../../src/model/mesh-features.ts';
import { type CompiledCase, compileCase } from '../support/golden/compiled-case.ts';
import type { AskingProxy } from '../support/golden/golden-case.ts';

const MESH = `
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {clusterIP: 10.0.0.1, selector: {app: client}, ports: [{name: http, port: 80}, {name: mongo, port: 27017}, {name: auto, port: 9000}]}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: default}
spec: {clusterIP: None, ports: [{name: tcp, port: 3306}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
endpoints:
- {addresses: [10.1.0.1], conditions: {ready: true}}
- {addresses: [10.1.0.2], conditions: {ready: false, serving: false, terminating: false}}
ports: [{name: http, port: 80}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-1, namespace: default, labels: {kubernetes.io/service-name: db}}
addressType: IPv4
endpoints:
- {addresses: [10.3.0.1], conditions: {ready: true}}
- {addresses: [10.3.0.2], conditions: {ready: true}}
ports: [{name: tcp, port: 3306}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web, namespace: default}
spec: {hosts: [web], http: [{route: [{destination: {host: web}}], mirror: {host: db, port: {number: 3306}}}]}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: elsewhere, namespace: other}
spec: {selector: {istio: gw}, servers: [{port: {number: 8080, name: http, protocol: HTTP}, hosts: ["*"]}]}
`;

const WEB = 'outbound|80||web.default.svc.cluster.local';

interface Case {
  readonly is: Partial<MeshFeatures>;
  readonly proxy?: AskingProxy;
  /** What is looked at, and what it is without and with the switch. */
  readonly of: (compiled: CompiledCase['resources']) => unknown;
  readonly without: unknown;
  readonly with: unknown;
}

const CASES: readonly Case[] = [
  {
    is: { scopeGatewaysToNamespace: true },
    proxy: { router: 'default/gw' },
    of: ({ lds }) => [...lds.keys()],
    without: ['0.0.0.0_8080'],
    with: [],
  },
  {
    is: { compliance: 'pqc' },
    proxy: { agent: true, istio: true },
    of: (compiled) =>
      count([...compiled.lds.values(), ...compiled.cds.values()], '"ecdh_curves":["X25519MLKEM768"]') > 2,
    without: false,
    with: true,
  },
  {
    is: { checksTrustDomain: false },
    proxy: { agent: true },
    of: ({ lds }) => count(lds.get('virtualInbound'), 'spiffe://') > 0,
    without: true,
    with: false,
  },
  { is: { http10: true }, of: ({ lds }) => count(lds.get('0.0.0.0_80'), '"accept_http_10":true'), without: 0, with: 1 },
  {
    is: { http10: true },
    of: ({ lds }) => count(lds.get('virtualInbound'), '"http/1.0"') > 0,
    without: false,
    with: true,
  },
  {
    is: { sidecarUsesRemoteAddress: true },
    of: ({ lds }) => count([lds.get('0.0.0.0_80'), lds.get('virtualInbound')], '"use_remote_address":true'),
    without: 0,
    with: 1,
  },
  {
    is: { edsForHeadless: true },
    of: ({ cds }) => cds.get('outbound|3306||db.default.svc.cluster.local'),
    without: expect.objectContaining({ type: 'ORIGINAL_DST' }),
    with: expect.objectContaining({ type: 'EDS' }),
  },
  {
    is: { edsForHeadless: true },
    of: ({ eds }) => eds.has('outbound|3306||db.default.svc.cluster.local'),
    without: false,
    with: true,
  },
  { is: { sendUnhealthy: 'never' }, of: ({ eds }) => count(eds.get(WEB), '"UNHEALTHY"'), without: 1, with: 0 },
  {
    is: { sendUnhealthy: 'never' },
    of: ({ cds }) => count(cds.get(WEB), 'healthy_panic_threshold'),
    without: 1,
    with: 0,
  },
  {
    is: { absoluteDomains: false },
    of: ({ rds }) => count(rds.get('80'), '"web.default.svc.cluster.local."'),
    without: 1,
    with: 0,
  },
  {
    is: { localityWeighted: true },
    of: ({ cds }) => count(cds.get(WEB), 'locality_weighted_lb_config'),
    without: 0,
    with: 1,
  },
  {
    is: { headlessChains: true },
    of: ({ lds }) =>
      [...lds].flatMap(([name, listener]) =>
        name.endsWith('_3306') ? [[name, count(listener, '"prefix_len":32')]] : [],
      ),
    without: [
      ['10.3.0.1_3306', 0],
      ['10.3.0.2_3306', 0],
    ],
    with: [['0.0.0.0_3306', 2]],
  },
  {
    is: { mongoFilter: false },
    of: ({ lds }) => count(lds.get('10.0.0.1_27017'), 'mongo_proxy.v3'),
    without: 1,
    with: 0,
  },
  {
    is: { shadowHostSuffix: true },
    of: ({ rds }) => count(rds.get('80'), 'disable_shadow_host_suffix_append'),
    without: 1,
    with: 0,
  },
  {
    is: { acceptsPerEvent: 0 },
    of: ({ lds }) => count(lds.get('virtualOutbound'), 'max_connections_to_accept_per_socket_event'),
    without: 1,
    with: 0,
  },
  {
    is: { transportConnectTimeoutMs: 1500 },
    of: ({ lds }) => count(lds.get('0.0.0.0_80'), '"transport_socket_connect_timeout":"1.500s"'),
    without: 0,
    with: 1,
  },
];

beforeAll(() => configureLogs({ write: () => undefined }));

describe("istiod's switches", () => {
  it.each(CASES)('$is has its effect', async ({ is, proxy = {}, of, without, with: expected }) => {
    const compile = (features: MeshFeatures) =>
      compileCase({ files: { 'mesh.yaml': MESH }, question: { proxy } }, { features });
    const [before, after] = [await compile(DEFAULT_FEATURES), await compile({ ...DEFAULT_FEATURES, ...is })];
    expect([of(before.resources), of(after.resources)]).toEqual([without, expected]);
  });
});

function count(value: unknown, text: string): number {
  if (value === undefined) throw new Error('there is no such resource');
  return JSON.stringify(value).split(text).length - 1;
}
