import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { startMemoryWorld } from '../../../test/support/world.ts';
import { configureLogs } from '../../kit/log.ts';
import { createInjectionPart, type InjectionOptions } from './injection-part.ts';

const config = (policy: string, name = 'istio-sidecar-injector', namespace = 'istio-system') => `
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, namespace: ${namespace}}
data:
  config: |
    policy: ${policy}
  values: '{"global":{"hub":"h"}}'
`;
const node = (name: string, kubeletVersion: string) =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { nodeInfo: { kubeletVersion } } });

async function start(options: Partial<InjectionOptions> = {}, files: Readonly<Record<string, string>> = {}) {
  const { world, source } = await startMemoryWorld(files);
  configureLogs({ levels: new Map([['injection', 'none']]) });
  // What concerns injection alone is no news of the mesh.
  const write = async (next: Readonly<Record<string, string>>) => {
    source.write(next);
    await setImmediate();
    await setImmediate();
  };
  const folder = await mkdtemp(path.join(tmpdir(), 'pilothouse-injection-'));
  const injection = createInjectionPart({
    world,
    namespace: 'istio-system',
    revision: 'default',
    hasCluster: true,
    env: {},
    folder,
    ...options,
  });
  if (injection === undefined) throw new Error('injection is off');
  await injection.part.start();
  onTestFinished(async () => {
    await injection.part.stop(AbortSignal.timeout(1000));
    await rm(folder, { recursive: true });
  });
  return { injection, write, folder };
}

/** What a pod gets, as text. */
async function inject(injection: Awaited<ReturnType<typeof start>>['injection'], pod: object = {}): Promise<string> {
  const object = {
    metadata: { name: 'web', ...pod },
    spec: { containers: [{ name: 'web', image: 'web' }] },
  };
  const resource = { group: '', version: 'v1', resource: 'pods' };
  const request = { uid: 'u', operation: 'CREATE', namespace: 'shop', resource, object };
  const body = JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request });
  const reply = await injection.handler({ path: '/inject', contentType: 'application/json', body });
  const response: unknown = reply.kind === 'json' ? Object(reply.value).response : undefined;
  const { patch } = Object(response);
  return typeof patch === 'string' ? Buffer.from(patch, 'base64').toString() : '';
}

describe('createInjectionPart', () => {
  it('injects by what is built in where nobody writes anything', async () => {
    const { injection } = await start();
    expect(injection.describe()).toMatchObject({
      from: 'built in',
      policy: 'enabled',
      templates: { sidecar: 'built in' },
    });
    expect(await inject(injection)).toContain('istio-proxy');
  });

  it('follows the ConfigMap of its revision and namespace', async () => {
    const { injection, write } = await start(
      { revision: 'canary' },
      {
        'default.yaml': config('disabled'),
        'other.yaml': config('disabled', 'istio-sidecar-injector-canary', 'other'),
      },
    );
    expect(injection.describe()).toMatchObject({ from: 'built in' });
    await write({ 'canary.yaml': config('disabled', 'istio-sidecar-injector-canary') });
    const from = 'ConfigMap istio-system/istio-sidecar-injector-canary';
    expect(injection.describe()).toMatchObject({ from, policy: 'disabled', values: { global: { hub: 'h' } } });
    expect(await inject(injection)).toBe('');
    await write({ 'canary.yaml': config('enabled', 'istio-sidecar-injector-canary') });
    expect(await inject(injection)).toContain('"image":"h/proxyv2:latest"');
  });

  it('takes a folder with both files before the ConfigMap, from then on when they appear', async () => {
    const { injection, folder } = await start({}, { 'a.yaml': config('enabled') });
    await writeFile(path.join(folder, 'config.new'), 'policy: disabled\n');
    await rename(path.join(folder, 'config.new'), path.join(folder, 'config'));
    await writeFile(path.join(folder, 'values'), '{"global":{"hub":"folder"}}');
    await eventually(async () =>
      expect(injection.describe()).toMatchObject({
        from: folder,
        policy: 'disabled',
        values: { global: { hub: 'folder' } },
      }),
    );
  });

  it('follows the mesh configuration', async () => {
    const mesh = (trustDomain: string) =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'istio', namespace: 'istio-system' },
        data: { mesh: `trustDomain: ${trustDomain}\ndefaultConfig: {holdApplicationUntilProxyStarts: true}\n` },
      });
    const { injection, write } = await start({ hasCluster: false }, { 'mesh.json': mesh('one') });
    expect(await inject(injection)).toContain('{"name":"TRUST_DOMAIN","value":"one"}');
    expect(await inject(injection)).toContain('["pilot-agent","wait"]');
    await write({ 'mesh.json': mesh('two') });
    expect(await inject(injection)).toContain('{"name":"TRUST_DOMAIN","value":"two"}');
  });

  it('follows ProxyConfigs', async () => {
    const { injection } = await start(
      {},
      {
        'a.yaml':
          'apiVersion: networking.istio.io/v1beta1\nkind: ProxyConfig\nmetadata: {name: a, namespace: shop}\nspec: {concurrency: 7}\n',
      },
    );
    expect(await inject(injection)).toContain('concurrency\\":7');
  });

  it('makes native sidecars where all nodes know them, and never without a cluster', async () => {
    const isNative = async (options: Partial<InjectionOptions>, files: Readonly<Record<string, string>> = {}) => {
      const { injection } = await start(options, files);
      return (await inject(injection)).includes('"restartPolicy":"Always"');
    };
    expect(await isNative({ hasCluster: false })).toBe(false);
    expect(await isNative({}, { 'n1.json': node('n1', 'v1.33.0') })).toBe(true);
    expect(await isNative({}, { 'n1.json': node('n1', 'v1.33.0'), 'n2.json': node('n2', 'v1.31.0') })).toBe(false);
    const env = { ENABLE_NATIVE_SIDECARS: 'true' };
    expect(await isNative({ env }, { 'n2.json': node('n2', 'v1.31.0') })).toBe(true);
    expect(await isNative({ env: { ENABLE_NATIVE_SIDECARS: 'false' } })).toBe(false);
  });

  it('runs proxies as the user of the namespace on OpenShift', async () => {
    const namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', annotations: { 'openshift.io/sa.scc.uid-range': '1000860000/10000' } },
    };
    const files = { 'ns.json': JSON.stringify(namespace) };
    const { injection } = await start({ env: { PLATFORM: 'openshift' } }, files);
    expect(await inject(injection)).toContain('"runAsUser":1000869999');
    const { injection: plain } = await start({}, files);
    expect(await inject(plain)).toContain('"runAsUser":1337');
  });

  it('is not there where the environment says so', async () => {
    const { world } = await startMemoryWorld({});
    const options = { world, namespace: 'istio-system', revision: '', hasCluster: false };
    expect(createInjectionPart({ ...options, env: { INJECT_ENABLED: 'false' } })).toBeUndefined();
  });
});
