import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ProxyIdentity } from '../node.ts';
import { type Environment, EnvironmentReader } from './environment.ts';
import { toNodeMetadata } from './node-metadata.ts';
import type { ServerSettings } from './server-settings.ts';
import { findAddresses, readConcurrency, readDns, readServer, toLabels } from './environment-parts.ts';
import { type BootstrapSettings, readBootstrapSettings } from './bootstrap-settings.ts';
import { type CertificateSettings, readCertificateSettings } from './certificate-settings.ts';
import { readPodFile } from './pod-files.ts';
import { readStatusSettings, type StatusSettings } from './status-settings.ts';
import {
  type AgentProxyConfig,
  mergeProxyConfig,
  parseProxyConfig,
  type ProxyConfigJson,
  readProxyConfig,
} from './proxy-config.ts';

/** Everything that an agent was started with. */
export interface AgentSettings {
  readonly proxy: ProxyIdentity;
  readonly proxyConfig: AgentProxyConfig;
  readonly discovery: ServerSettings;
  readonly ca: ServerSettings;
  /** Holds the service account's token; absent where none is used. */
  readonly tokenFile: string | undefined;
  readonly clusterId: string;
  readonly certificate: CertificateSettings;
  readonly envoy: {
    readonly isDisabled: boolean;
    readonly readyPort: number;
    readonly prometheusPort: number;
    readonly logLevel: string;
    readonly componentLogLevel: string;
    readonly concurrency: number | undefined;
    readonly isDelta: boolean;
    /** Merged over the bootstrap by Envoy itself. */
    readonly overrideFile: string | undefined;
  };
  readonly files: {
    readonly xdsSocket: string;
    readonly bootstrap: string;
    readonly sdsSocket: string;
    /** For certificates in files, where somebody else serves the workload's own. */
    readonly fileSdsSocket: string;
    /** Where somebody serves certificates for gateways; it need not be there. */
    readonly credentialSocket: string;
    readonly crl: string;
  };
  readonly fileQuietMs: number;
  /** Where the agent answers DNS; absent where it does not. */
  readonly dns: { readonly address: string; readonly isParallel: boolean; readonly timeoutMs: number } | undefined;
  readonly shutdown: {
    readonly exitsOnZero: boolean;
    readonly minimumDrainMs: number;
    /** The whole of it has ended by then, whatever is still open. */
    readonly deadlineMs: number;
  };
  readonly status: StatusSettings;
  readonly bootstrap: BootstrapSettings;
}

/** What the command line says. */
export interface AgentFlags {
  readonly type: 'sidecar' | 'router';
  readonly domain: string;
  readonly meshConfig: string;
  readonly serviceCluster: string;
  readonly proxyLogLevel: string;
  readonly proxyComponentLogLevel: string;
  readonly concurrency: number;
}

/**
 * Reads what pilot-agent reads, from where it reads it: flags, environment, the pod's labels and annotations, the mesh's file. Paths are relative
 * to the working folder, as Istio's are.
 * @throws Fault AGENT_SETTING
 * @see istio pilot/cmd/pilot-agent/options
 */
export async function readAgentSettings(flags: AgentFlags, processEnv: Environment): Promise<AgentSettings> {
  const [labels, annotations] = await Promise.all(
    ['labels', 'annotations'].map((name) => readPodFile(`./etc/istio/pod/${name}`)),
  );
  const written = await readWrittenConfig(flags, processEnv, annotations ?? {});
  const proxyConfig = readProxyConfig(written);
  const env = new EnvironmentReader({ ...processEnv, ...proxyConfig.metadata });
  const namespace = env.text('POD_NAMESPACE') ?? 'default';
  const name = env.text('POD_NAME') ?? 'proxy';
  const serviceAccount = env.text('SERVICE_ACCOUNT') ?? 'default';
  const clusterId = env.text('ISTIO_META_CLUSTER_ID') ?? 'Kubernetes';
  const trustDomain = env.text('TRUST_DOMAIN') ?? 'cluster.local';
  const ips = findAddresses(env.text('INSTANCE_IP'));
  return {
    proxy: {
      type: flags.type,
      ips,
      name,
      namespace,
      domain: flags.domain || `${namespace}.svc.cluster.local`,
      labels: toLabels(env, labels ?? {}),
      interception: env.oneOf('ISTIO_META_INTERCEPTION_MODE', ['REDIRECT', 'TPROXY', 'NONE'], 'REDIRECT'),
      clusterId,
      serviceAccount,
      workload: env.text('ISTIO_META_WORKLOAD_NAME'),
      metadata: toNodeMetadata(env, { annotations: annotations ?? {}, written, proxyConfig }),
    },
    proxyConfig,
    discovery: readServer(env, 'XDS', proxyConfig.discoveryAddress),
    ca: readServer(env, 'CA', env.text('CA_ADDR') ?? proxyConfig.discoveryAddress),
    tokenFile:
      env.oneOf('JWT_POLICY', ['third-party-jwt', 'none'], 'third-party-jwt') === 'none' ? undefined : TOKEN_FILE,
    clusterId,
    certificate: await readCertificateSettings(
      env,
      `spiffe://${trustDomain.replaceAll('@', '.')}/ns/${namespace}/sa/${serviceAccount}`,
    ),
    envoy: {
      isDisabled: env.boolean('DISABLE_ENVOY', false),
      readyPort: env.integer('ENVOY_STATUS_PORT', 15_021),
      prometheusPort: env.integer('ENVOY_PROMETHEUS_PORT', 15_090),
      logLevel: flags.proxyLogLevel,
      componentLogLevel: flags.proxyComponentLogLevel,
      concurrency: readConcurrency(flags.concurrency, proxyConfig.concurrency, env),
      isDelta: env.boolean('ISTIO_DELTA_XDS', true),
      overrideFile: env.text('ISTIO_BOOTSTRAP_OVERRIDE'),
    },
    files: {
      xdsSocket: path.join(proxyConfig.configPath, 'XDS'),
      bootstrap: path.join(proxyConfig.configPath, 'envoy-rev.json'),
      sdsSocket: `./var/run/secrets/workload-spiffe-uds/${env.text('WORKLOAD_IDENTITY_SOCKET_FILE') ?? 'socket'}`,
      fileSdsSocket: './var/run/secrets/credential-uds/files-socket',
      credentialSocket: './var/run/secrets/credential-uds/socket',
      crl: '/var/run/secrets/istio/crl/ca-crl.pem',
    },
    fileQuietMs: env.duration('FILE_DEBOUNCE_DURATION', 100),
    dns: readDns(env),
    shutdown: {
      exitsOnZero: env.boolean('EXIT_ON_ZERO_ACTIVE_CONNECTIONS', false),
      minimumDrainMs: env.duration('MINIMUM_DRAIN_DURATION', 5000),
      deadlineMs: env.duration('SHUTDOWN_DEADLINE', Math.max(SHUTDOWN_MS, proxyConfig.terminationDrainMs + 5000)),
    },
    bootstrap: readBootstrapSettings(env, {
      written,
      proxyConfig,
      annotations: annotations ?? {},
      labels: labels ?? {},
      ips,
      namespace,
    }),
    status: readStatusSettings(env, { type: flags.type, ip: ips[0], ownPort: proxyConfig.statusPort }),
  };
}

/** A pod has this long, by Kubernetes' default; less a second, so that we end and are not ended. Milliseconds. */
const SHUTDOWN_MS = 29_000;

const TOKEN_FILE = './var/run/secrets/tokens/istio-token';

/** Low to high: the mesh's file, the environment, the pod's annotation. */
async function readWrittenConfig(
  flags: AgentFlags,
  env: Environment,
  annotations: Readonly<Record<string, string>>,
): Promise<ProxyConfigJson> {
  const meshText = await readFile(flags.meshConfig, 'utf8').catch(() => undefined);
  const mesh = meshText === undefined ? {} : await parseProxyConfig(meshText, flags.meshConfig);
  const annotation = annotations['proxy.istio.io/config'];
  const parts = [
    mergeProxyConfig(toPart(mesh.defaultConfig)),
    env.PROXY_CONFIG ? await parseProxyConfig(env.PROXY_CONFIG, 'PROXY_CONFIG') : {},
    annotation === undefined ? {} : await parseProxyConfig(annotation, 'proxy.istio.io/config'),
    toAnnotated(annotations),
    flags.serviceCluster === '' ? {} : { serviceCluster: flags.serviceCluster },
  ];
  return mergeProxyConfig(...parts);
}

function toPart(value: unknown): ProxyConfigJson {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** Single settings that have an annotation of their own. */
function toAnnotated(annotations: Readonly<Record<string, string>>): ProxyConfigJson {
  const address = annotations['sidecar.istio.io/discoveryAddress'];
  const statusPort = annotations['status.sidecar.istio.io/port'];
  return {
    ...(address !== undefined && { discoveryAddress: address }),
    ...(statusPort !== undefined && statusPort !== '0' && { statusPort: Number(statusPort) }),
  };
}
