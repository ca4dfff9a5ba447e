import type { Static } from 'typebox';
import type { EntryVisibility } from '../../model/entry-visibility.ts';
import type { Issue } from '../../model/issue.ts';
import type { ConfigMap } from '../../model/kubernetes.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import { DEFAULT_FEATURES, type MeshFeatures } from '../../model/mesh-features.ts';
import type { OutboundTrafficPolicy } from '../../model/sidecar.ts';
import { parseConnectionPool, parseKeepalive } from '../parts/connection-pool.ts';
import { parseLocalityLb, parseZoneAwareLb } from '../parts/locality-lb.ts';
import { parseOutlierDetection } from '../parts/outlier-detection.ts';
import { parseRetries } from '../parts/retries.ts';
import { Pointer } from '../pointer.ts';
import { present } from '../present.ts';
import type { ConfigDocument } from '../read/config-document.ts';
import { IssueReport } from '../report.ts';
import { toDurationMs } from '../schema/duration.ts';
import { explainViolations } from '../schema/explain.ts';
import { type Validator, compileValidator } from '../schema/validate.ts';
import { checkMeshConfig } from './check-mesh-config.ts';
import { mergeMeshConfig } from './merge-mesh-config.ts';
import { MESH_CONFIG } from './mesh-config-spec.ts';
import { parseProxyConfig } from './parse-proxy-config.ts';
import { reportUnused, tolerate } from './tolerate.ts';

export type WrittenMeshConfig = Static<typeof MESH_CONFIG>;

/** What became of a mesh configuration. */
export interface MeshConfigResult {
  /** Absent when an issue is an error: the last good one, or the default, goes on. */
  readonly mesh?: MeshConfig;
  /** What it was made of, nothing filled in: for those who hand settings on. Absent with it. */
  readonly written?: WrittenMeshConfig;
  readonly issues: readonly Issue[];
}

/** The key of ConfigMap `istio` that holds the mesh configuration. */
export const MESH_KEY = 'mesh';

let validator: Validator<WrittenMeshConfig> | undefined;

/** What the settings of a mesh depend on beside their text. */
export interface MeshConfigInput {
  /** The cluster's domain. */
  readonly domainSuffix: string;
  readonly features?: MeshFeatures | undefined;
  /** Settings that several meshes share: what the text itself says wins. One with errors is left out. */
  readonly shared?: ConfigDocument | undefined;
}

/**
 * Reads a mesh configuration, defaults filled in. Fields that do not exist are noted and passed over, as configurations outlive the
 * versions they were written for; values that make no sense are errors.
 *
 * @param document The text: a file of its own, or {@link findMeshDocument}.
 */
export function parseMeshConfig(
  document: ConfigDocument,
  { domainSuffix, features = DEFAULT_FEATURES, shared }: MeshConfigInput,
): MeshConfigResult {
  const report = new IssueReport(document);
  const below = shared && readMeshConfig(shared, new IssueReport(shared));
  const written = readMeshConfig(document, report);
  if (written === undefined) return { issues: report.issues };
  const merged = below ? mergeMeshConfig(below, written) : written;
  return { mesh: toMeshConfig(merged, domainSuffix, features), written: merged, issues: report.issues };
}

/** What is written; `undefined` when the report has errors. */
function readMeshConfig(document: ConfigDocument, report: IssueReport): WrittenMeshConfig | undefined {
  const parsed = document.parse();
  if (parsed.kind === 'empty') return {};
  if (parsed.kind === 'broken') {
    report.add('YAML_SYNTAX', [], parsed.reason, 'value', document.originAt(parsed.place));
    return undefined;
  }
  const { value } = parsed;
  validator ??= compileValidator<WrittenMeshConfig>(MESH_CONFIG);
  if (!tolerate(value, validator, MESH_CONFIG, report)) {
    explainViolations(value, MESH_CONFIG, validator.errors ?? [], report);
    return undefined;
  }
  reportUnused(value, MESH_CONFIG, Pointer.root, report);
  checkMeshConfig(value, Pointer.root, report);
  return report.hasErrors ? undefined : value;
}

/** The mesh configuration inside of a ConfigMap, placed within the file of the ConfigMap; `undefined` when it holds none. */
export function findMeshDocument(document: ConfigDocument, configMap: ConfigMap): ConfigDocument | undefined {
  const text = configMap.data[MESH_KEY];
  return text === undefined ? undefined : document.nested(['data', MESH_KEY], text);
}

/** The settings of a mesh that says nothing. */
export function defaultMeshConfig(domainSuffix: string, features: MeshFeatures = DEFAULT_FEATURES): MeshConfig {
  return toMeshConfig({}, domainSuffix, features);
}

const VISIBLE = ['*'];
const OUTBOUND_MODES = {
  REGISTRY_ONLY: 'registry-only',
  ALLOW_ANY: 'allow-any',
  ALLOW_ANY_DYNAMIC_DNS: 'allow-any-dynamic-dns',
} as const;

/** Defaults: istio pkg/config/mesh/mesh.go `DefaultMeshConfig`. */
function toMeshConfig(written: WrittenMeshConfig, domainSuffix: string, features: MeshFeatures): MeshConfig {
  const { tlsDefaults = {}, meshMTLS = {} } = written;
  return {
    trustDomain: written.trustDomain || 'cluster.local',
    trustDomainAliases: [...new Set(written.trustDomainAliases ?? [])].sort(),
    caTrustDomains: (written.caCertificates ?? []).flatMap(({ trustDomains = [] }) => trustDomains),
    rootNamespace: written.rootNamespace ?? 'istio-system',
    domainSuffix,
    proxyListenPort: written.proxyListenPort ?? 15001,
    proxyInboundListenPort: written.proxyInboundListenPort ?? 15006,
    proxyHttpPort: written.proxyHttpPort ?? 0,
    connectTimeoutMs: toDurationMs(written.connectTimeout ?? '10s'),
    protocolDetectionTimeoutMs: toDurationMs(written.protocolDetectionTimeout ?? '0s'),
    outboundTrafficPolicy: parseOutbound(written.outboundTrafficPolicy),
    inboundTrafficPolicy: written.inboundTrafficPolicy?.mode === 'LOCALHOST' ? 'localhost' : 'passthrough',
    enableAutoMtls: written.enableAutoMtls ?? true,
    defaultServiceExportTo: orVisible(written.defaultServiceExportTo),
    defaultVirtualServiceExportTo: orVisible(written.defaultVirtualServiceExportTo),
    defaultDestinationRuleExportTo: orVisible(written.defaultDestinationRuleExportTo),
    localityLbSetting: parseLocalityLb(written.localityLbSetting ?? {}),
    dnsRefreshRateMs: toDurationMs(written.dnsRefreshRate ?? '60s'),
    h2Upgrade: written.h2UpgradePolicy === 'UPGRADE',
    inboundClusterStatName: written.inboundClusterStatName ?? '',
    outboundClusterStatName: written.outboundClusterStatName ?? '',
    pathNormalization: toNormalization(written.pathNormalization),
    tlsDefaults: {
      minVersion: tlsDefaults.minProtocolVersion ?? 'TLS_AUTO',
      cipherSuites: tlsDefaults.cipherSuites ?? [],
      ecdhCurves: tlsDefaults.ecdhCurves ?? [],
    },
    meshMtlsMinVersion: meshMTLS.minProtocolVersion ?? 'TLS_AUTO',
    meshMtlsCipherSuites: meshMTLS.cipherSuites ?? [],
    accessLog: {
      file: written.accessLogFile ?? '',
      encoding: written.accessLogEncoding ?? 'TEXT',
      format: written.accessLogFormat ?? '',
    },
    defaultConfig: parseProxyConfig(written.defaultConfig ?? {}),
    clusterLocalHosts: listClusterLocal(written, domainSuffix),
    discoverySelectors: written.discoverySelectors ?? [],
    features,
    ...parsePolicies(written),
  };
}

function parsePolicies(written: WrittenMeshConfig): Partial<MeshConfig> {
  const {
    tcpKeepalive,
    defaultHttpRetryPolicy,
    defaultInboundHttpRetryPolicy,
    zoneAwareLbSetting,
    defaultTrafficPolicy,
    serviceEntryVisibility,
  } = written;
  const { connectionPool, outlierDetection } = defaultTrafficPolicy ?? {};
  return present({
    tcpKeepalive: tcpKeepalive && parseKeepalive(tcpKeepalive),
    defaultHttpRetryPolicy: defaultHttpRetryPolicy && parseRetries(defaultHttpRetryPolicy),
    defaultInboundHttpRetryPolicy: defaultInboundHttpRetryPolicy && parseRetries(defaultInboundHttpRetryPolicy),
    entryVisibility: serviceEntryVisibility && parseEntryVisibility(serviceEntryVisibility),
    zoneAwareLbSetting: zoneAwareLbSetting && parseZoneAwareLb(zoneAwareLbSetting),
    defaultTrafficPolicy:
      defaultTrafficPolicy &&
      present({
        connectionPool: connectionPool && parseConnectionPool(connectionPool),
        outlierDetection: outlierDetection && parseOutlierDetection(outlierDetection),
      }),
  });
}

/**
 * What is written, before what every cluster keeps to itself: of one host, the first counts.
 * @see istio pilot/pkg/model/cluster_local.go
 */
function listClusterLocal(
  { serviceSettings = [], defaultConfig }: WrittenMeshConfig,
  domainSuffix: string,
): MeshConfig['clusterLocalHosts'] {
  const written = serviceSettings.flatMap(({ settings, hosts = [] }) =>
    hosts.map((host) => ({ host, local: settings?.clusterLocal ?? false })),
  );
  const [discovery = ''] = (defaultConfig?.discoveryAddress || 'istiod.istio-system.svc:15012').split(':');
  const own = discovery.endsWith(domainSuffix) ? discovery : `${discovery}.${domainSuffix}`;
  const kept = [`*.kube-system.svc.${domainSuffix}`, `kubernetes.default.svc.${domainSuffix}`, own];
  return [...written, ...kept.map((host) => ({ host, local: true }))];
}

const BOUNDS = {
  VISIBILITY_UNSPECIFIED: 'public',
  NONE: 'none',
  NAMESPACE: 'namespace',
  PUBLIC: 'public',
} as const;

/** Sidecars are bound only where it says so; a policy of which a rule says nothing matches nothing. */
function parseEntryVisibility({
  defaultVisibility = 'VISIBILITY_UNSPECIFIED',
  applyToSidecars = false,
  policies = [],
}: NonNullable<WrittenMeshConfig['serviceEntryVisibility']>): EntryVisibility | undefined {
  if (!applyToSidecars) return undefined;
  return {
    fallback: BOUNDS[defaultVisibility],
    policies: policies.flatMap(({ visibility = 'VISIBILITY_UNSPECIFIED', matchingRules = [] }) => {
      const selectors = matchingRules.flatMap(({ namespaceSelector }) => namespaceSelector ?? []);
      return selectors.length < matchingRules.length ? [] : [{ bound: BOUNDS[visibility], selectors }];
    }),
  };
}

function orVisible(exportTo: readonly string[] = []): readonly string[] {
  return exportTo.length > 0 ? exportTo : VISIBLE;
}

/** Written without a mode, the policy means REGISTRY_ONLY; not written at all, it means ALLOW_ANY. */
function parseOutbound(policy: WrittenMeshConfig['outboundTrafficPolicy']): OutboundTrafficPolicy {
  return { mode: policy ? OUTBOUND_MODES[policy.mode ?? 'REGISTRY_ONLY'] : 'allow-any' };
}

function toNormalization(written: WrittenMeshConfig['pathNormalization']): MeshConfig['pathNormalization'] {
  const { normalization = 'DEFAULT' } = written ?? {};
  return normalization === 'DEFAULT' ? 'BASE' : normalization;
}
