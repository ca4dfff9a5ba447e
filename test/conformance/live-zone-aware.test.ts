import { afterAll, beforeAll, expect } from 'vitest';
import { declare, type JsonObject } from '../support/declare/declared.ts';
import { destinationRule, serviceEntry } from '../support/declare/networking.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { ask } from '../support/http.ts';
import { LiveMesh } from '../support/live/live-mesh.ts';
import { Upstream } from '../support/live/upstream.ts';
import { until } from '../support/until.ts';

const PORT = 27_110;
const ADMIN_PORT = 27_191;
const ZONES = ['zone1', 'zone2'] as const;
const HOST = 'helloworld.example';

describeWithEnvoy('Zone-aware load balancing', (program, it) => {
  const labels = { app: 'clients', 'pod-template-hash': 'abc' };
  let live: LiveMesh;
  let upstreams: ReadonlyMap<string, Upstream>;

  const entry = (name: string, port: number, endpoints: readonly JsonObject[]) =>
    serviceEntry(name, {
      hosts: [`${name}.example`],
      resolution: 'STATIC',
      ports: [{ name: 'http', number: port, protocol: 'HTTP' }],
      endpoints,
    });
  /** The clients' own Deployment: a replica in each of these zones, and the service that they are known by. */
  const clients = (...zones: readonly string[]) => {
    const core = { apiVersion: 'v1', namespace: 'default' };
    const addressOf = (i: number) => `127.0.27.${i + 1}`;
    const pods = zones.map((zone, i) =>
      declare(
        {
          ...core,
          kind: 'Pod',
          name: `clients-abc-${i}`,
          labels: { ...labels, 'service.istio.io/workload-name': 'clients', 'istio-locality': `region1.${zone}` },
        },
        { spec: {}, status: { phase: 'Running', podIP: addressOf(i), podIPs: [{ ip: addressOf(i) }] } },
      ),
    );
    const slice = declare(
      {
        ...core,
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        name: 'clients-1',
        labels: { 'kubernetes.io/service-name': 'clients' },
      },
      {
        addressType: 'IPv4',
        ports: [{ name: 'http', port: PORT + 1 }],
        endpoints: zones.map((_, i) => ({
          addresses: [addressOf(i)],
          conditions: { ready: true },
          targetRef: { kind: 'Pod', name: `clients-abc-${i}`, namespace: 'default' },
        })),
      },
    );
    const spec = { clusterIP: '10.27.9.9', selector: { app: 'clients' }, ports: [{ name: 'http', port: PORT + 1 }] };
    return [declare({ ...core, kind: 'Service', name: 'clients' }, { spec }), slice, ...pods];
  };
  const share = async (zone: string) => {
    const all = await Promise.all(
      Array.from({ length: 200 }, () => ask(`http://127.0.0.1:${PORT}/`, { headers: { host: HOST } })),
    );
    return all.filter(({ body }) => body === zone).length / all.length;
  };
  const replicas = () => live.envoys.get('clients-abc-0')?.admin.stat('cluster.local_cluster;.membership_total');

  beforeAll(async () => {
    live = await LiveMesh.start(program);
    upstreams = new Map(await Promise.all(ZONES.map(async (zone) => [zone, await Upstream.start(zone)] as const)));
    await live.mesh.apply(
      ...clients(...ZONES),
      entry(
        'helloworld',
        PORT,
        [...upstreams].map(([zone, { port }]) => ({
          address: '127.0.0.1',
          ports: { http: port },
          locality: `region1/${zone}`,
        })),
      ),
      destinationRule('helloworld', {
        host: HOST,
        trafficPolicy: { loadBalancer: { simple: 'ROUND_ROBIN', zoneAwareLbSetting: { minClusterSize: 1 } } },
      }),
    );
    await live.startEnvoy(
      {
        type: 'sidecar',
        ips: ['127.0.27.1'],
        name: 'clients-abc-0',
        namespace: 'default',
        labels,
        locality: { region: 'region1', zone: 'zone1', subzone: '' },
        interception: 'NONE',
        metadata: { ENABLE_SELF_DISCOVERY: 'true', WORKLOAD_NAME: 'clients' },
      },
      ADMIN_PORT,
    );
  });

  afterAll(async () => {
    await live.stop();
    await Promise.all([...upstreams.values()].map((upstream) => upstream.stop()));
  });

  it('stays in the own zone while that has its share of the servers', async () => {
    expect(await replicas()).toBe(2);
    expect(await share('zone1')).toBe(1);
  });

  it('goes elsewhere as far as the clients of the own zone are too many for its servers', async () => {
    await live.mesh.apply(...clients('zone1', 'zone1', 'zone1', 'zone2'));
    await until('the replicas', async () => ((await replicas()) === 4 ? true : undefined));
    // Half of the servers are here, three quarters of the clients.
    await until('the shares', async () => {
      const here = await share('zone1');
      return here > 0.5 && here < 0.85 ? true : undefined;
    });
    expect(await share('zone2')).toBeGreaterThan(0.15);
  });

  it('has refused nothing of all this', async () => {
    expect(await live.listRejections()).toEqual({});
  });
});
