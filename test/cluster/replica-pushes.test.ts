import { afterEach, expect } from 'vitest';
import type { Cluster } from '../support/cluster/cluster.ts';
import { type Replica, startReplica } from '../support/cluster/replica.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { createSwitch } from '../support/cluster/switch.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { ScriptedProxy } from '../support/proxy/scripted-proxy.ts';
import { until } from '../support/until.ts';

const SERVICES = 40;
const PROXIES = 30;
/** Each route is matched by a path of its own: a response of hundreds of kilobytes, which no connection takes at once. */
const ROUTES = 600;

const service = (index: number) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: `svc-${index}`, namespace: 'default' },
  spec: { ports: [{ name: 'http', port: 80 }] },
});

const slice = (index: number, ...addresses: readonly string[]) => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: `svc-${index}-1`,
    namespace: 'default',
    labels: { 'kubernetes.io/service-name': `svc-${index}` },
  },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  endpoints: [{ addresses, conditions: { ready: true } }],
});

const largeRule = (timeout: string) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'large', namespace: 'default' },
  spec: {
    hosts: ['svc-0'],
    http: Array.from({ length: ROUTES }, (_, i) => ({
      match: [{ uri: { exact: `/a/path/that/is/not/short/${i}` } }],
      timeout,
      route: [{ destination: { host: 'svc-0' } }],
    })),
  },
});

const when = (fact: string, is: () => boolean) => until(fact, () => is() || undefined, { timeoutMs: 60_000 });

describeWithCluster('Replicas, as proxies see them', (cluster, it) => {
  const replicas: Replica[] = [];
  const proxies: ScriptedProxy[] = [];

  const start = async (name: string) => {
    const replica = await startReplica(cluster(), { name });
    replicas.push(replica);
    return replica;
  };
  const connect = (name: string, port: number) => {
    const proxy = new ScriptedProxy({ port, protocol: 'delta', node: sidecar(name).node });
    proxies.push(proxy);
    proxy.connect();
    return proxy;
  };

  afterEach(async () => {
    for (const proxy of proxies.splice(0)) proxy.close();
    for (const replica of replicas.splice(0)) await replica.remove();
  });

  it('serve the same resources in the same versions, whatever they were through', async () => {
    await populate(cluster());
    const first = await start('istiod-1');
    const veteran = connect('web', first.grpcPort);
    await when('its state', () => veteran.isAnswered);
    // What the first lived through, the second only finds: its order of events leaves no trace.
    await cluster().apply([slice(3, '10.1.3.2'), largeRule('3s')]);
    await cluster().apply([service(SERVICES), slice(SERVICES, '10.1.99.1'), slice(3, '10.1.3.1'), largeRule('2s')]);
    const second = await start('istiod-2');
    const newcomers = [connect('web', first.grpcPort), connect('web', second.grpcPort)] as const;
    const name = `outbound|80||svc-${SERVICES}.default.svc.cluster.local`;
    await when('all of it', () => [veteran, ...newcomers].every((p) => p.isAnswered && p.held.clusters.has(name)));
    const [old, fresh] = newcomers.map((proxy) => proxy.listVersions());
    await when('the last change', () => same(versionsOf(veteran), versionsOf(newcomers[1])));
    expect(old?.map(([type, , versions]) => [type, versions])).toEqual(
      fresh?.map(([type, , versions]) => [type, versions]),
    );
    // Of a stream's nonce only the number of the connection is the replica's own.
    const counters = (of: typeof old) => of?.map(([, nonce]) => nonce.replace(/^\d+-/, ''));
    expect(counters(old)).toEqual(counters(fresh));
    expect([...newcomers[0].held.routes]).toEqual([...newcomers[1].held.routes]);
    // A proxy that changes over is sent nothing.
    const switching = await createSwitch(first.grpcPort);
    const traveller = connect('traveller', switching.port);
    await when('its state', () => traveller.isAnswered);
    traveller.forgetPushes();
    switching.pointTo(second.grpcPort);
    traveller.disconnect();
    traveller.connect();
    await cluster().apply([slice(5, '10.1.5.2')]);
    await when('the next change', () => traveller.pushes.length > 0);
    expect(traveller.pushes).toEqual([
      { type: 'eds', names: ['outbound|80||svc-5.default.svc.cluster.local'], removed: [] },
    ]);
    await switching.close();
  });

  it('take over from one that is killed in the middle of a push, and send what was not held, once', async () => {
    const first = await start('istiod-1');
    const second = await start('istiod-2');
    const switching = await createSwitch(first.grpcPort);
    const crowd = Array.from({ length: PROXIES }, (_, i) => connect(`crowd-${i}`, switching.port));
    await when('their state', () => crowd.every(({ isAnswered }) => isAnswered));
    const before = new Set(crowd.map(timeoutOf));
    for (const proxy of crowd) proxy.forgetPushes();

    const killed = when('the first to hear', () => crowd.some(({ pushes }) => pushes.length > 0)).then(() =>
      first.process.kill(),
    );
    await cluster().apply([largeRule('9s')]);
    await killed;
    await when('all streams to break', () => crowd.every(({ failure }) => failure !== undefined));
    const informed = crowd.filter(({ pushes }) => pushes.length > 0);
    expect(informed.length).toBeGreaterThan(0);
    // Everybody goes on with what it holds, whole.
    const timeouts = new Set(crowd.map(timeoutOf));
    expect([...timeouts].every((timeout) => timeout === 9 || before.has(timeout))).toBe(true);

    for (const proxy of crowd) proxy.forgetPushes();
    switching.pointTo(second.grpcPort);
    for (const proxy of crowd) proxy.connect();
    await when('all to hear', () => crowd.every((proxy) => timeoutOf(proxy) === 9));
    // One more change ends the wait for what should not come.
    await cluster().apply([slice(7, '10.1.7.9')]);
    await when('the next change', () => crowd.every(({ pushes }) => pushes.some(({ type }) => type === 'eds')));
    const sent = (proxy: ScriptedProxy) => proxy.pushes.map(({ type }) => type).join();
    const informedOnes = new Set(informed);
    expect(new Set(informed.map(sent))).toEqual(new Set(['eds']));
    const others = crowd.filter((proxy) => !informedOnes.has(proxy));
    expect(new Set(others.map(sent))).toEqual(new Set(others.length > 0 ? ['rds,eds'] : []));
    process.stdout.write(`${informed.length} of ${PROXIES} proxies had heard when the process was killed\n`);
    await switching.close();
  });
});

async function populate(cluster: Cluster): Promise<void> {
  await cluster.installCrds();
  await cluster.kubectl('create', 'namespace', 'istio-system');
  const indexes = Array.from({ length: SERVICES }, (_, i) => i);
  await cluster.apply([...indexes.map(service), ...indexes.map((i) => slice(i, `10.1.${i}.1`)), largeRule('1s')]);
}

function versionsOf(proxy: ScriptedProxy) {
  return proxy.listVersions().map(([type, , versions]) => [type, [...versions].sort()]);
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The timeout of the first route of the large rule, in seconds. */
function timeoutOf({ held }: ScriptedProxy): number {
  const hosts = held.routes.get('80')?.virtual_hosts ?? [];
  const routes = hosts.find(({ domains }) => domains?.includes('svc-0'))?.routes ?? [];
  return Number(routes[0]?.route?.timeout?.seconds ?? -1);
}
