import { afterAll, beforeAll, describe, expect } from 'vitest';
import {
  destinationRule,
  meshConfigMap,
  serviceEntry,
  sidecarConfig,
  virtualService,
} from '../support/declare/networking.ts';
import { route } from '../support/declare/route.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { Island } from '../support/live/island.ts';
import { LiveMesh } from '../support/live/live-mesh.ts';
import { until } from '../support/until.ts';

const ADMIN_PORT = 27_490;
/** Addresses of the proxy, and of two servers outside of the mesh. */
const [OWN, HTTPBIN, TCP] = ['10.27.0.1', '10.27.0.2', '10.27.0.3'] as const;

describeWithEnvoy('Accessing External Services', (program, it) => {
  const obstacle = Island.findObstacle();
  if (obstacle !== undefined) {
    it('needs a network of its own', (context) => context.skip(obstacle));
    return;
  }
  let live: LiveMesh;
  let island: Island;

  const get = (address: string, host: string, port = 80) =>
    island.ask(`http://${address}:${port}/`, { headers: { host } });
  const statusOf = async (address: string, host: string, port?: number) =>
    get(address, host, port).then(
      ({ status }) => status,
      () => 'no connection',
    );
  const untilStatus = (wanted: number | string, host: string, port?: number) =>
    until(`${host} to answer ${wanted}`, async () =>
      (await statusOf(HTTPBIN, host, port)) === wanted ? true : undefined,
    );
  const entry = serviceEntry('httpbin-ext', {
    hosts: ['httpbin.example'],
    location: 'MESH_EXTERNAL',
    resolution: 'STATIC',
    ports: [{ name: 'http', number: 80, protocol: 'HTTP' }],
    endpoints: [{ address: HTTPBIN }],
  });

  beforeAll(async () => {
    live = await LiveMesh.start(program);
    island = await Island.start([OWN, HTTPBIN, TCP]);
    await island.serve('httpbin', HTTPBIN, 80);
    await island.serve('other port', HTTPBIN, 9_999);
    await island.serve('tcp', TCP, 9_000);
    await live.mesh.apply(meshConfigMap({ outboundTrafficPolicy: { mode: 'ALLOW_ANY' } }));
    await live.startEnvoyOn(
      island,
      {
        type: 'sidecar',
        ips: [OWN],
        name: 'curl',
        namespace: 'default',
        labels: { app: 'curl' },
        interception: 'REDIRECT',
      },
      ADMIN_PORT,
    );
  });

  afterAll(async () => {
    await live.stop();
    await island.stop();
  });

  describe('Envoy passthrough to external services', () => {
    it('lets through what the mesh does not know', async () => {
      expect(await get(HTTPBIN, 'httpbin.example')).toMatchObject({ status: 200, body: 'httpbin' });
      expect(await get(HTTPBIN, 'httpbin.example', 9_999)).toMatchObject({ status: 200, body: 'other port' });
      const admin = live.envoys.get('curl')?.admin;
      expect(await admin?.stat('cluster.PassthroughCluster;.upstream_cx_total')).toBeGreaterThan(0);
    });

    it('lets unknown hosts through on ports that the mesh has services on', async () => {
      const other = serviceEntry('other', {
        hosts: ['other.example'],
        resolution: 'STATIC',
        ports: [{ name: 'http', number: 80, protocol: 'HTTP' }],
        endpoints: [{ address: TCP, ports: { http: 9_000 } }],
      });
      await live.mesh.apply(other);
      await until('the service', async () => ((await get(HTTPBIN, 'other.example')).body === 'tcp' ? true : undefined));
      expect(await get(HTTPBIN, 'httpbin.example')).toMatchObject({ status: 200, body: 'httpbin' });
    });
  });

  describe('Controlled access to external services', () => {
    it('closes what is not registered', async () => {
      await live.mesh.apply(meshConfigMap({ outboundTrafficPolicy: { mode: 'REGISTRY_ONLY' } }));
      await untilStatus(502, 'httpbin.example');
      await untilStatus('no connection', 'httpbin.example', 9_999);
      expect((await get(HTTPBIN, 'other.example')).body).toBe('tcp');
    });

    it('opens what a ServiceEntry registers', async () => {
      await live.mesh.apply(entry);
      await untilStatus(200, 'httpbin.example');
      expect(await get(HTTPBIN, 'httpbin.example')).toMatchObject({ body: 'httpbin' });
      expect(await statusOf(HTTPBIN, 'elsewhere.example')).toBe(502);
    });

    it('opens an address for TCP', async () => {
      const tcp = serviceEntry('tcp', {
        hosts: ['tcp.example'],
        addresses: [TCP],
        resolution: 'STATIC',
        ports: [{ name: 'tcp', number: 9_000, protocol: 'TCP' }],
        endpoints: [{ address: TCP }],
      });
      expect(await statusOf(TCP, 'any.example', 9_000)).toBe('no connection');
      await live.mesh.apply(tcp);
      await until('the address', async () => ((await statusOf(TCP, 'any.example', 9_000)) === 200 ? true : undefined));
      expect(await statusOf(HTTPBIN, 'any.example', 9_000)).toBe('no connection');
    });

    it('applies rules to what is registered', async () => {
      const held = virtualService('httpbin-ext', {
        hosts: ['httpbin.example'],
        http: [
          route()
            .to('httpbin.example')
            .headers({ response: { set: { 'x-managed': 'yes' } } }),
        ],
      });
      await live.mesh.apply(held, destinationRule('httpbin-ext', { host: 'httpbin.example' }));
      await until('the rule', async () =>
        (await get(HTTPBIN, 'httpbin.example')).headers['x-managed'] === 'yes' ? true : undefined,
      );
      expect(await statusOf(HTTPBIN, 'httpbin.example')).toBe(200);
    });

    it('may be decided by a Sidecar for its workloads', async () => {
      const open = sidecarConfig('default', { outboundTrafficPolicy: { mode: 'ALLOW_ANY' } });
      await live.mesh.apply(open);
      await untilStatus(200, 'httpbin.example', 9_999);
      expect((await get(HTTPBIN, 'httpbin.example', 9_999)).body).toBe('other port');
      await live.mesh.remove(open);
      await untilStatus('no connection', 'httpbin.example', 9_999);
    });
  });

  it('has refused nothing of all this', async () => {
    expect(await live.listRejections()).toEqual({});
  });
});
