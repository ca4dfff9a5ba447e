import { defineCommand, ExitCode } from '../cli/command.ts';
import type { FlagValues } from '../cli/flag.ts';
import { getProductVersion } from '../kit/product-version.ts';
import { FileSource } from '../discovery/directory/file-source.ts';
import { createSourceAt } from '../discovery/directory/source-at.ts';
import { RemoteApiServers } from '../discovery/kube/remote-source.ts';
import { Fault } from '../kit/fault.ts';
import { configureLogs, createLog } from '../kit/log.ts';
import { parseLogLevels } from '../kit/log-levels.ts';
import { addProcessMetrics } from '../kit/metrics.ts';
import { releaseMemory } from '../kit/release-memory.ts';
import { createClusterParts } from './cluster/cluster-parts.ts';
import { type ClusterConnection, findCluster } from './cluster-connection.ts';
import { ControlPlane, type ControlPlaneOptions, DEBOUNCE } from './control-plane.ts';
import { discoveryFlags } from './discovery-flags.ts';
import { readDebugPolicy } from './debug/debug-policy.ts';
import { type Features, readFeatures } from './features.ts';
import { createPlaintextXds } from './grpc-part.ts';
import { controlZRoutes } from './http/control-z.ts';
import { createHttpPart } from './http/http-server.ts';
import { isLocalName, localNamesOnly } from './http/local-only.ts';
import { createIdentity } from './identity/identity.ts';
import { aborted, listPorts, type Part, runUntil } from './lifecycle.ts';
import { buildInfo, pilotInfo } from './metrics.ts';
import { createNameResolver } from './name-resolver.ts';
import { createServerRoutes } from './server-routes.ts';
import { createInjectionPart } from './injection/injection-part.ts';
import { createWebhookHandlers, toWebhookRoutes } from './webhooks/webhook-handlers.ts';

type Values = FlagValues<typeof discoveryFlags>;

const log = createLog('default');

/** `pilothouse discovery`: the control plane, with istiod's flags. */
export const discovery = defineCommand({
  name: 'discovery',
  summary: 'Run the control plane.',
  flagNames: 'verbatim',
  examples: [
    {
      does: 'Serve a directory of YAML to proxies on this machine',
      lines: ['pilothouse discovery --configDir ./mesh --grpcAddr 127.0.0.1:15010'],
    },
  ],
  flags: discoveryFlags,
  async run(values, { printError, env, signal }) {
    const levels = parseLogLevels(values.log_output_level.join(','));
    configureLogs({ levels: levels.levels, ...(values.log_as_json && { format: 'json' as const }) });
    for (const problem of levels.problems) printError(`--log_output_level: ${problem}`);
    try {
      const cluster = await findCluster(values, env);
      if (values.configDir === undefined && cluster === undefined) {
        printError('nothing to serve: neither --configDir nor --kubeconfig, and this is no Pod of a cluster');
        return ExitCode.usage;
      }
      await serve(values, { env, cluster }, signal);
      return ExitCode.ok;
    } catch (error) {
      const fault = Fault.from(error);
      if (fault.code === 'INTERNAL') throw error;
      printError(`${fault.code}: ${fault.message}`);
      return ExitCode.failed;
    }
  },
});

/** What the flags do not say. */
interface Surroundings {
  readonly env: Env;
  readonly cluster: ClusterConnection | undefined;
}

async function serve(values: Values, { env, cluster }: Surroundings, signal: AbortSignal): Promise<void> {
  const version = getProductVersion();
  addProcessMetrics();
  buildInfo.set(1, { component: 'pilot', tag: version });
  pilotInfo.set(1, { version });
  const features = learnFeatures(env);
  const remotes = new RemoteApiServers();
  const identity = createIdentity(values, {
    env,
    cluster,
    mesh: () => plane.world.snapshot.mesh,
    remoteClient: (name) => remotes.find(name),
  });
  const plane: ControlPlane = new ControlPlane({
    ...toOptions(values, features, cluster),
    createRemote: (id, kubeconfig) =>
      remotes.createSource({ cluster: id, kubeconfig, systemNamespace: values.namespace }),
    ...(env.SHARED_MESH_CONFIG && { sharedMeshConfigMap: env.SHARED_MESH_CONFIG }),
    ...identity?.admission,
  });
  const { world } = plane;
  const injection = createInjectionPart({ ...values, world, env, hasCluster: cluster !== undefined });
  const webhooks = createWebhookHandlers({ plane, injection: injection?.handler });
  const ready = { isReady: false };
  const routes = createServerRoutes({
    plane,
    version,
    ready,
    debugOnHttp: env.ENABLE_DEBUG_ON_HTTP !== 'false',
    ...(cluster && { cluster: cluster.source }),
    ...(identity && {
      debugAuth: { authenticators: identity.ca.authenticators, policy: readDebugPolicy(env, values.namespace) },
    }),
    ...(injection && { injection }),
    ...(values.httpsAddr === undefined && { webhooks: toWebhookRoutes(webhooks) }),
  });
  const { httpAddr, monitoringAddr, grpcAddr } = values;
  if (values.httpsAddr !== undefined && identity === undefined)
    log.info(
      { event: 'server.port-unused', flag: 'httpsAddr', port: values.httpsAddr.port },
      'not listening: nobody signs a certificate for webhooks',
    );
  const limits = {
    intervalMs: values.keepaliveInterval,
    timeoutMs: values.keepaliveTimeout,
    maxAgeMs: values.keepaliveMaxServerConnectionAge,
    ...(features.maxRequestBytes !== undefined && { maxRequestBytes: features.maxRequestBytes }),
  };
  const ports = {
    xds: grpcAddr && createPlaintextXds(plane.xds, grpcAddr, limits),
    secureXds: identity?.createPort(plane.xds, limits),
    http: httpAddr && createHttpPart('http', 'httpAddr', httpAddr, routes.http),
    webhooks: identity?.createWebhooks(webhooks),
    monitoring: monitoringAddr && createHttpPart('monitoring', 'monitoringAddr', monitoringAddr, routes.monitoring),
    controlZ: createControlZ(version, values),
  };
  const parts: readonly (Part | undefined)[] = [
    ports.http,
    ports.monitoring,
    ports.controlZ,
    cluster?.part,
    { name: 'world', start: () => Promise.race([plane.start(), aborted(signal)]), stop: () => plane.stop() },
    // Before the first proxy comes, which would notice.
    { name: 'memory', start: async () => releaseMemory(), stop: async () => {} },
    identity?.ca,
    ports.xds,
    ports.secureXds,
    injection?.part,
    ports.webhooks,
    cluster && createClusterParts({ ...values, client: cluster.client, plane, signing: identity?.signing, env }),
    readiness(ready, ports),
  ];
  await runUntil(
    signal,
    parts.filter((part) => part !== undefined),
    values.shutdownDuration,
  );
}

/** By loopback alone, ControlZ is for whoever is on this machine, and not for pages that their browser shows. */
function createControlZ(version: string, { ctrlz_address: host, ctrlz_port: port }: Values): Part | undefined {
  if (port <= 0) return undefined;
  const routes = controlZRoutes(version);
  const served = isLocalName(host) && host !== '' ? localNamesOnly(routes) : routes;
  return createHttpPart('ControlZ', 'ctrlz_port', { host, port }, served);
}

type Env = Readonly<Record<string, string | undefined>>;

/** Tells once what of the environment is understood, and what has no effect. */
function learnFeatures(env: Env): Features {
  const { features, problems, idle } = readFeatures(env);
  for (const problem of problems) log.warn({ event: 'server.variable-invalid' }, problem);
  if (idle.length > 0)
    log.info({ event: 'server.variables-idle' }, `environment without effect here: ${idle.join(', ')}`);
  return features;
}

function toOptions(
  values: Values,
  { mesh, debounceAfterMs, debounceMaxMs, remoteTimeoutMs, resolvesGateways = true }: Features,
  cluster: ClusterConnection | undefined,
): ControlPlaneOptions {
  return {
    features: mesh,
    debounce: toDebounce(debounceAfterMs, debounceMaxMs),
    // What a file says wins over the same object in the cluster.
    sources: [
      ...(values.configDir === undefined ? [] : [createSourceAt(values.configDir)]),
      ...(cluster ? [cluster.source] : []),
    ],
    awaitsPods: cluster !== undefined,
    meshFile: new FileSource({ path: values.meshConfig }),
    networksFile: new FileSource({ path: values.networksConfig }),
    ...(resolvesGateways && { resolveName: createNameResolver() }),
    ...(remoteTimeoutMs !== undefined && { remoteTimeoutMs }),
    domainSuffix: values.domain,
    namespace: values.namespace,
    meshConfigMap: toMeshConfigMap(values.revision),
    cluster: values.clusterID,
  };
}

/** Every revision has settings of its own; those of the default one carry no name. */
function toMeshConfigMap(revision: string): string {
  return revision === '' || revision === 'default' ? 'istio' : `istio-${revision}`;
}

/** Whoever waits longer for quiet means to wait that long at least. */
function toDebounce(afterMs: number = DEBOUNCE.quietMs, maxMs: number = Math.max(DEBOUNCE.maxMs, afterMs)) {
  return { quietMs: afterMs, maxMs };
}

/** Ready when everything before it has started; not ready from the moment a stop begins. */
function readiness(ready: { isReady: boolean }, ports: Readonly<Record<string, Part | undefined>>): Part {
  return {
    name: 'readiness',
    async start() {
      ready.isReady = true;
      log.info({ event: 'server.ready', ...listPorts(ports) }, 'ready');
    },
    async stop() {
      ready.isReady = false;
      log.info({ event: 'server.stopping' }, 'stopping: proxies keep what they have');
    },
  };
}
