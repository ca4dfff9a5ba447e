import { globSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, expect } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseMeshConfig } from '../../src/config/mesh/parse-mesh-config.ts';
import { ConfigDocument } from '../../src/config/read/config-document.ts';
import { listWatchedKinds, type WatchedKind } from '../../src/discovery/kube/watched-kinds.ts';
import { toProxyImage } from '../../src/injector/images.ts';
import { parseInjectionValues } from '../../src/injector/values.ts';
import { pathOf } from '../../src/kube/resource.ts';
import type { Cluster } from '../support/cluster/cluster.ts';
import { describeWithCluster } from '../support/cluster/suite.ts';
import { startProcess, whileRunning } from '../support/process.ts';
import { until } from '../support/until.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../..');
const MANIFESTS = path.join(REPOSITORY, 'deploy/manifests');
const SYSTEM = 'istio-system';
const ISTIOD = 'istiod';
const READER = 'istio-reader-service-account';

const EVERYTHING = listWatchedKinds({ systemNamespace: SYSTEM, extent: 'everything' });
const REGISTRY = listWatchedKinds({ systemNamespace: SYSTEM, extent: 'registry' });

describeWithCluster('deploy/', (cluster, it) => {
  let first = '';

  beforeAll(async () => {
    first = await cluster().kubectl('apply', '-f', 'deploy/crds', '-f', MANIFESTS);
    await cluster().kubectl('wait', '--for=condition=Established', '--timeout=30s', '-f', 'deploy/crds');
  });

  it('is applied in the order of its files', () => {
    const lines = first.trim().split('\n');
    expect(lines.filter((line) => !line.endsWith(' created'))).toEqual([]);
    expect(lines).toHaveLength(
      globSync('*.yaml', { cwd: path.join(REPOSITORY, 'deploy/crds') }).length + listObjects().length,
    );
  });

  it('changes nothing when it is applied again', async () => {
    const before = await listVersions(cluster());
    await cluster().kubectl('apply', '-f', 'deploy/crds', '-f', MANIFESTS);
    expect(await listVersions(cluster())).toEqual(before);
  });

  it('holds nothing that the API server does not know, and nothing it warns of', async () => {
    const output = await cluster().kubectl(
      'apply',
      '--dry-run=server',
      '--validate=strict',
      '--warnings-as-errors',
      '-f',
      MANIFESTS,
    );
    expect(output.trim().split('\n')).toHaveLength(listObjects().length);
  });

  it('runs the control plane without rights on its node, with probes and limits', async () => {
    const text = await cluster().kubectl('get', 'deployment', 'istiod', '-n', SYSTEM, '-o', 'json');
    const deployment: Deployment = JSON.parse(text);
    const { securityContext, containers } = deployment.spec.template.spec;
    expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1337 });
    expect(containers).toMatchObject([
      {
        image: `pilothouse/control-plane:${readVersion()}`,
        securityContext: {
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
        },
        readinessProbe: { httpGet: { path: '/ready', port: 8080 } },
        livenessProbe: { httpGet: { path: '/version', port: 15014 } },
        resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { cpu: '2', memory: '2Gi' } },
      },
    ]);
  });

  it('injects the proxy of the same version', async () => {
    const path = ['-n', SYSTEM, '-o', 'jsonpath={.data.values}'];
    const text = await cluster().kubectl('get', 'configmap', 'istio-sidecar-injector', ...path);
    const image = toProxyImage(parseInjectionValues(text), {}, {});
    expect(image).toBe(`pilothouse/proxy:${readVersion()}`);
  });

  it('serves the ports that proxies and istioctl know', async () => {
    const ports = await cluster().kubectl(
      'get',
      'service',
      'istiod',
      '-n',
      SYSTEM,
      '-o',
      'jsonpath={range .spec.ports[*]}{.name}:{.port}>{.targetPort} {end}',
    );
    expect(ports.trim().split(' ')).toEqual([
      'grpc-xds:15010>15010',
      'https-dns:15012>15012',
      'https-webhook:443>15017',
      'http-monitoring:15014>15014',
    ]);
  });

  it('sets the mesh up without an issue', async () => {
    const text = await cluster().kubectl('get', 'configmap', 'istio', '-n', SYSTEM, '-o', 'jsonpath={.data.mesh}');
    const { issues } = parseMeshConfig(new ConfigDocument('mesh.yaml', 1, text), { domainSuffix: 'cluster.local' });
    // What is understood, though nothing acts on it yet, is information.
    expect(issues.filter(({ severity }) => severity !== 'info')).toEqual([]);
  });

  it.each(EVERYTHING)('lets the control plane follow $kind', async (watched) => {
    expect(await tryToFollow(cluster(), ISTIOD, watched)).toEqual({ list: 200, watch: true });
  });

  it('lets the control plane follow the root certificates of all namespaces, and no ConfigMap else', async () => {
    const token = await cluster().token(SYSTEM, ISTIOD);
    const list = async (query: string) => (await cluster().ask({ path: `/api/v1/configmaps${query}`, token })).status;
    expect(await list('?fieldSelector=metadata.name%3Distio-ca-root-cert')).toBe(200);
    expect(await list('')).toBe(403);
  });

  it.each(REGISTRY)('lets control planes of other clusters follow $kind', async (watched) => {
    expect(await tryToFollow(cluster(), READER, watched)).toEqual({ list: 200, watch: true });
  });

  it.each(NEEDED)('lets the control plane %s %s %s', async (verb, resource, where) => {
    expect(await mayI(cluster(), ISTIOD, { verb, resource, where })).toBe(true);
  });

  it.each(NOT_NEEDED)('does not let the control plane %s %s %s', async (verb, resource, where) => {
    expect(await mayI(cluster(), ISTIOD, { verb, resource, where })).toBe(false);
  });

  it.each(
    ['create', 'update', 'patch', 'delete'].flatMap((verb) =>
      REGISTRY.map(({ kind, resources }) => ({ verb, kind, resource: resources[0] })),
    ),
  )('does not let other clusters $verb $kind', async ({ verb, resource }) => {
    const name = `${resource.plural}.${resource.group}`;
    expect(await mayI(cluster(), READER, { verb, resource: name, where: 'in default' })).toBe(false);
  });

  it('asks for no verb but by name', () => {
    const rules = listObjects().flatMap(({ rules = [] }) => rules);
    expect(rules.filter(({ verbs }) => verbs.includes('*'))).toEqual([]);
    const wide = rules.filter(({ resources }) => resources.some((resource) => resource.includes('*')));
    expect(wide.filter(({ apiGroups }) => apiGroups.some((group) => !group.endsWith('.istio.io')))).toEqual([]);
  });
});

describeWithCluster('The control plane in its deployment', (cluster, it) => {
  it('becomes ready with these rights, and asks for nothing beyond them', async () => {
    await cluster().kubectl('apply', '-f', 'deploy/crds', '-f', MANIFESTS);
    const dir = await mkdtemp(path.join(tmpdir(), 'pilothouse-deploy-'));
    const kubeconfig = path.join(dir, 'kubeconfig');
    await writeFile(kubeconfig, cluster().kubeconfigOf(await cluster().token(SYSTEM, ISTIOD)), { mode: 0o600 });
    const events: LogEvent[] = [];
    const running = await startProcess({
      name: 'control plane',
      command: [process.execPath, 'src/server/main.ts', 'discovery', '--kubeconfig', kubeconfig, ...ANY_PORTS],
      cwd: REPOSITORY,
      env: { POD_NAMESPACE: SYSTEM, POD_NAME: 'istiod-test', CLUSTER_ID: 'Kubernetes' },
      logPath: path.join(dir, 'log'),
      onLine: (line) => void (line.startsWith('{') && events.push(JSON.parse(line))),
    });
    try {
      const ready = until('it to be ready', () => events.find(({ event }) => event === 'server.ready'), {
        timeoutMs: 60_000,
      });
      await whileRunning(running, ready);
      await cluster().kubectl('get', 'secret', 'istio-ca-secret', '-n', SYSTEM);
      expect(events.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
      expect(await listRefused(cluster())).toEqual([]);
    } finally {
      await running.stop();
      await rm(dir, { recursive: true, force: true });
    }
  });
});

interface LogEvent {
  readonly level: string;
  readonly event: string;
}

const ANY_PORTS = [
  ...['grpcAddr', 'secureGRPCAddr', 'httpAddr', 'httpsAddr', 'monitoringAddr'].map((flag) => `--${flag}=127.0.0.1:0`),
  '--ctrlz_port=0',
  '--log_as_json',
];

/** The API server's own count of requests that no rule allowed. */
async function listRefused(cluster: Cluster): Promise<readonly string[]> {
  const { body } = await cluster.ask({ path: '/metrics' });
  return body.split('\n').filter((line) => /^authorization_attempts_total\{result="(no-opinion|denied)"/.test(line));
}

type Right = readonly [verb: string, resource: string, where: string];

/** What is written, and what is read beside the kinds that are followed. */
const NEEDED: readonly Right[] = [
  ['watch', 'customresourcedefinitions.apiextensions.k8s.io', 'everywhere'],
  ['watch', 'mutatingwebhookconfigurations.admissionregistration.k8s.io', 'everywhere'],
  ['patch', 'mutatingwebhookconfigurations.admissionregistration.k8s.io', 'istio-sidecar-injector'],
  ['patch', 'mutatingwebhookconfigurations.admissionregistration.k8s.io', 'istio-revision-tag-prod'],
  ['watch', 'validatingwebhookconfigurations.admissionregistration.k8s.io', 'everywhere'],
  ['patch', 'validatingwebhookconfigurations.admissionregistration.k8s.io', 'istio-validator-istio-system'],
  ['patch', 'validatingwebhookconfigurations.admissionregistration.k8s.io', 'istiod-default-validator'],
  ['create', 'tokenreviews.authentication.k8s.io', 'everywhere'],
  ['create', 'leases.coordination.k8s.io', 'in istio-system'],
  ['update', 'leases.coordination.k8s.io', 'in istio-system'],
  ['create', 'configmaps', 'in istio-system'],
  ['update', 'configmaps', 'in istio-system'],
  ['create', 'configmaps', 'in default'],
  ['patch', 'configmaps', 'in default istio-ca-root-cert'],
  ['watch', 'configmaps', 'everywhere istio-ca-root-cert'],
  ['patch', 'configmaps', 'in default istio-ca-crl'],
  ['watch', 'configmaps', 'everywhere istio-ca-crl'],
  ['create', 'secrets', 'in istio-system'],
  ['update', 'secrets', 'in istio-system istio-ca-secret'],
  ['get', 'secrets', 'in default'],
  ['patch', 'virtualservices.networking.istio.io/status', 'in default'],
  ['create', 'gateways.networking.istio.io', 'in istio-system'],
];

/** What a control plane that fell into the wrong hands could do harm with. */
const NOT_NEEDED: readonly Right[] = [
  ['create', 'pods', 'in default'],
  ['delete', 'pods', 'in default'],
  ['create', 'pods/exec', 'in default'],
  ['create', 'pods', 'in istio-system'],
  ['create', 'deployments.apps', 'in istio-system'],
  ['patch', 'nodes', 'everywhere'],
  ['update', 'namespaces', 'everywhere'],
  ['update', 'services', 'in default'],
  ['create', 'secrets', 'in default'],
  ['update', 'secrets', 'in default'],
  ['delete', 'secrets', 'in istio-system'],
  ['update', 'secrets', 'in istio-system cacerts'],
  ['get', 'configmaps', 'in default'],
  ['list', 'configmaps', 'everywhere'],
  ['patch', 'configmaps', 'in default another'],
  ['delete', 'configmaps', 'in default istio-ca-root-cert'],
  ['create', 'leases.coordination.k8s.io', 'in kube-system'],
  ['create', 'serviceaccounts/token', 'in istio-system'],
  ['impersonate', 'users', 'everywhere'],
  ['update', 'virtualservices.networking.istio.io', 'in default'],
  ['create', 'gateways.networking.istio.io', 'in default'],
  ['patch', 'validatingwebhookconfigurations.admissionregistration.k8s.io', 'another'],
  ['create', 'mutatingwebhookconfigurations.admissionregistration.k8s.io', 'everywhere'],
  ['update', 'customresourcedefinitions.apiextensions.k8s.io', 'everywhere'],
  ['bind', 'clusterroles.rbac.authorization.k8s.io', 'everywhere'],
  ['escalate', 'clusterroles.rbac.authorization.k8s.io', 'everywhere'],
];

interface Deployment {
  readonly spec: {
    readonly template: { readonly spec: { readonly securityContext: object; readonly containers: readonly object[] } };
  };
}

interface Manifest {
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

function listObjects(): readonly Manifest[] {
  return globSync('*.yaml', { cwd: MANIFESTS }).flatMap((file) =>
    parseAllDocuments(readFileSync(path.join(MANIFESTS, file), 'utf8')).map((document): Manifest => document.toJS()),
  );
}

function readVersion(): string {
  const { version }: { version: string } = JSON.parse(readFileSync(path.join(REPOSITORY, 'package.json'), 'utf8'));
  return version;
}

/** Every object that was applied, and its version. */
async function listVersions(cluster: Cluster): Promise<readonly string[]> {
  const columns = 'KIND:.kind,NAME:.metadata.name,VERSION:.metadata.resourceVersion';
  const output = await cluster.kubectl('get', '-f', 'deploy/crds', '-f', MANIFESTS, '-o', `custom-columns=${columns}`);
  return output.trim().split('\n');
}

/** What an account gets when it lists a kind as the control plane does, and whether it may go on watching. */
async function tryToFollow(cluster: Cluster, account: string, watched: WatchedKind) {
  const [resource] = watched.resources;
  const { namespace, fieldSelector = '' } = watched;
  const path = pathOf(resource, { ...(namespace !== undefined && { namespace }) });
  const token = await cluster.token(SYSTEM, account);
  const list = await cluster.ask({ path: `${path}?limit=1&fieldSelector=${encodeURIComponent(fieldSelector)}`, token });
  const watch = await mayI(cluster, account, {
    verb: 'watch',
    resource: `${resource.plural}.${resource.group}`,
    where: namespace === undefined ? 'everywhere' : `in ${namespace}`,
  });
  return { list: list.status, watch };
}

/** The API server's own word on a right: `kubectl auth can-i`, a hundred times over in a second. */
async function mayI(
  cluster: Cluster,
  account: string,
  { verb, resource, where }: { readonly verb: string; readonly resource: string; readonly where: string },
): Promise<boolean> {
  const [full = '', subresource = ''] = resource.split('/');
  const [plural = '', ...group] = full.split('.');
  const [, namespace = '', name = ''] = /^(?:everywhere|in (\S+)|(?=\S))\s*(\S*)$/.exec(where) ?? [];
  const answer = await cluster.ask({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
    body: {
      spec: {
        user: `system:serviceaccount:${SYSTEM}:${account}`,
        groups: ['system:serviceaccounts', 'system:serviceaccounts:istio-system', 'system:authenticated'],
        resourceAttributes: { verb, group: group.join('.'), resource: plural, subresource, namespace, name },
      },
    },
  });
  const { status }: { status: { allowed: boolean } } = JSON.parse(answer.body);
  return status.allowed;
}
