import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { KeyKind } from '../identity/workload-key.ts';
import type { ProxyIdentity } from '../node.ts';
import { type Environment, EnvironmentReader } from './environment.ts';
import { toNodeMetadata } from './node-metadata.ts';
import type { ServerSettings } from './server-settings.ts';
import { findAddresses, readConcurrency, readDns, readKeyKind, readServer, toLabels } from './environment-parts.ts';
import { readPodFile } from './pod-files.ts';
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
  readonly certificate: {
    readonly spiffeId: string;
    readonly keyKind: KeyKind;
    readonly isPkcs8: boolean;
    readonly ttlSeconds: number;
    readonly certSigner: string | undefined;
    readonly graceRatio: number;
    readonly graceJitter: number;
    /** Where certificates are written too; absent, nowhere. */
    readonly outputFolder: string | undefined;
    /** Where a certificate lies that this machine got when it was set up; absent where the token proves it. */
    readonly provisionedFolder: string | undefined;
  };
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
    readonly crl: string;
  };
  readonly fileQuietMs: number;
  /** Where the agent answers DNS; absent where it does not. */
  readonly dns: { readonly address: string; readonly isParallel: boolean; readonly timeoutMs: number } | undefined;
  readonly shutdown: { readonly exitsOnZero: boolean; readonly minimumDrainMs: number };
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
  const provisionedFolder = env.text('PROV_CERT');
  return {
    proxy: {
      type: flags.type,
      ips: findAddresses(env.text('INSTANCE_IP')),
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
    certificate: {
      spiffeId: `spiffe://${trustDomain.replaceAll('@', '.')}/ns/${namespace}/sa/${serviceAccount}`,
      keyKind: readKeyKind(env),
      isPkcs8: env.boolean('PKCS8_KEY', false),
      ttlSeconds: Math.round(env.duration('SECRET_TTL', 24 * 3_600_000) / 1000),
      certSigner: env.text('ISTIO_META_CERT_SIGNER'),
      graceRatio: env.ratio('SECRET_GRACE_PERIOD_RATIO', 0.5),
      graceJitter: env.ratio('SECRET_GRACE_PERIOD_RATIO_JITTER', 0.01),
      outputFolder: env.text('OUTPUT_CERTS'),
      provisionedFolder,
    },
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
      crl: '/var/run/secrets/istio/crl/ca-crl.pem',
    },
    fileQuietMs: env.duration('FILE_DEBOUNCE_DURATION', 100),
    dns: readDns(env),
    shutdown: {
      exitsOnZero: env.boolean('EXIT_ON_ZERO_ACTIVE_CONNECTIONS', false),
      minimumDrainMs: env.duration('MINIMUM_DRAIN_DURATION', 5000),
    },
  };
}

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
