import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect } from 'vitest';
import { decodeMessage, encodeMessage } from '../../src/gen/codec.ts';
import { aggregatedDiscoveryService } from '../../src/xds/server.ts';
import { type Replica, startReplica } from '../support/cluster/replica.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { sidecar } from '../support/declare/proxy.ts';
import { ScriptedProxy } from '../support/proxy/scripted-proxy.ts';
import { until } from '../support/until.ts';

const CLIENT_CONFIG = 'envoy.service.status.v3.ClientConfig';
const NODE = 'sidecar~127.0.0.1~asker';

describeWithCluster('Debug pages over xDS', (cluster, it) => {
  let replica: Replica;
  let proxy: ScriptedProxy;

  beforeAll(async () => {
    await cluster().installCrds();
    await cluster().kubectl('create', 'namespace', 'istio-system');
    await cluster().kubectl('create', 'namespace', 'shop');
    replica = await startReplica(cluster(), { name: 'istiod-1', secure: true });
    const { node } = sidecar('web', { namespace: 'shop', metadata: { PROXY_CONFIG: {} } });
    proxy = new ScriptedProxy({ port: replica.grpcPort, protocol: 'delta', node });
    proxy.connect();
    await until('its state', () => proxy.isAnswered || undefined);
  });
  afterAll(async () => {
    proxy?.close();
    await replica?.remove();
  });

  /** Asks as istioctl does; the parts of the answer, or the status that ended the stream. */
  const ask = async (namespace: string, typeUrl: string, ...names: readonly string[]) => {
    const token = await cluster().token(namespace, 'asker', 'istio-ca');
    const root = await cluster().kubectl('get', '-n', 'istio-system', 'secret', 'istio-ca-secret', '-o', 'json');
    const tls = credentials.createSsl(Buffer.from(JSON.parse(root).data['ca-cert.pem'], 'base64'));
    const client = new Client(`localhost:${replica.securePort}`, tls);
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${token}`);
    const { path, requestSerialize, responseDeserialize } = aggregatedDiscoveryService.StreamAggregatedResources;
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata);
    const fields = { GENERATOR: { string_value: 'event' }, NAMESPACE: { string_value: namespace } };
    call.write(
      encodeMessage('envoy.service.discovery.v3.DiscoveryRequest', {
        type_url: typeUrl,
        resource_names: names,
        // As istioctl's client does.
        response_nonce: new Date().toISOString(),
        node: { id: `${NODE}.${namespace}~${namespace}.svc.cluster.local`, metadata: { fields } },
      }),
    );
    const answer = await new Promise<Buffer | number>((resolve) => {
      call.once('data', resolve);
      call.once('error', (error: { readonly code?: number }) => resolve(error.code ?? -1));
    });
    call.cancel();
    client.close();
    return typeof answer === 'number' ? answer : decodeMessage('envoy.service.discovery.v3.DiscoveryResponse', answer);
  };
  const partsOf = (answer: Awaited<ReturnType<typeof ask>>) =>
    typeof answer === 'number' ? `status ${answer}` : (answer.resources ?? []);

  it('tell how each proxy stands, as istioctl reads it', async () => {
    const answer = await ask('istio-system', 'istio.io/debug/syncz');
    if (typeof answer === 'number') throw new Error(`status ${answer}`);
    expect(JSON.parse(answer.control_plane?.identifier ?? '')).toMatchObject({ Component: 'istiod' });
    const parts = answer.resources ?? [];
    const configs = parts.map(({ value }) => decodeMessage(CLIENT_CONFIG, value ?? Buffer.alloc(0)));
    expect(configs.map(({ node }) => node?.id)).toEqual([proxy.nodeId]);
    const states = (configs[0]?.generic_xds_configs ?? []).map(({ type_url, config_status }) => [
      type_url?.split('.').at(-1),
      config_status,
    ]);
    expect(states).toEqual([
      ['Cluster', 'SYNCED'],
      ['ClusterLoadAssignment', 'SYNCED'],
      ['Listener', 'SYNCED'],
    ]);
  });

  it('are the same pages as over HTTP', async () => {
    const parts = partsOf(await ask('istio-system', 'istio.io/debug', 'syncz'));
    if (typeof parts === 'string') throw new Error(parts);
    expect(parts.map(({ type_url }) => type_url)).toEqual(['istio.io/debug']);
    const [page] = parts.map(({ value }) => JSON.parse(Buffer.from(value ?? []).toString()));
    expect(page.map((sync: { readonly proxy: string }) => sync.proxy)).toContain('web-1.shop');
  });

  it('dump what a proxy is served as messages of Envoy', async () => {
    const parts = partsOf(await ask('shop', 'istio.io/debug/config_dump', 'web-1.shop'));
    if (typeof parts === 'string') throw new Error(parts);
    const types = parts.map(({ type_url }) => type_url?.split('.').at(-1));
    expect(types).toEqual(['ClustersConfigDump', 'ListenersConfigDump', 'RoutesConfigDump', 'SecretsConfigDump']);
    const clusters = decodeMessage('envoy.admin.v3.ClustersConfigDump', parts[0]?.value ?? Buffer.alloc(0));
    expect(clusters.dynamic_active_clusters?.length).toBe(proxy.held.clusters.size);
  });

  it('are refused to those whom they do not concern', async () => {
    expect(await ask('shop', 'istio.io/debug/syncz')).toBe(status.PERMISSION_DENIED);
    expect(await ask('shop', 'istio.io/debug', 'configz')).toBe(status.PERMISSION_DENIED);
    expect(await ask('bank', 'istio.io/debug', 'edsz?proxyID=web-1.shop')).toBe(status.PERMISSION_DENIED);
    expect(partsOf(await ask('shop', 'istio.io/debug', 'edsz?proxyID=web-1.shop'))).toHaveLength(1);
    expect(await ask('istio-system', 'istio.io/debug')).toBe(status.INVALID_ARGUMENT);
    expect(await ask('istio-system', 'istio.io/debug', 'nothing-like-that')).toBe(status.INVALID_ARGUMENT);
  });
});
