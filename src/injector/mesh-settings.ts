import { type ProxyConfigOverride, chooseOverrides } from '../model/proxy-config-override.ts';
import { readWrittenProxyConfig } from '../config/mesh/read-proxy-config.ts';
import { injectFault } from './fault.ts';
import { findText, isGiven, isJsonObject, type Json, type JsonObject, objectAt, textAt, textsAt } from './json.ts';
import { ANNOTATION } from './names.ts';

/**
 * What proxies are started with where nobody says otherwise.
 * @see istio pkg/config/mesh/mesh.go `DefaultProxyConfig`
 */
const DEFAULT_PROXY_CONFIG: JsonObject = {
  configPath: './etc/istio/proxy',
  binaryPath: '/usr/local/bin/envoy',
  serviceCluster: 'istio-proxy',
  drainDuration: '45s',
  terminationDrainDuration: '5s',
  discoveryAddress: 'istiod.istio-system.svc:15012',
  proxyAdminPort: 15000,
  controlPlaneAuthPolicy: 'MUTUAL_TLS',
  statNameLength: 189,
  statusPort: 15020,
};

const DEFAULT_MESH: JsonObject = {
  trustDomain: 'cluster.local',
  rootNamespace: 'istio-system',
  proxyListenPort: 15001,
  proxyInboundListenPort: 15006,
  enablePrometheusMerge: true,
};

/** A mesh configuration as it is written, with the defaults that injection goes by. */
export function fillMesh(written: JsonObject): JsonObject {
  return { ...DEFAULT_MESH, ...written, defaultConfig: fillProxyConfig(objectAt(written, 'defaultConfig')) };
}

function fillProxyConfig(written: JsonObject): JsonObject {
  // Of the two names for traces only one can be in force.
  const { serviceCluster: _, ...unnamed } = DEFAULT_PROXY_CONFIG;
  return { ...(written.tracingServiceName === undefined ? DEFAULT_PROXY_CONFIG : unnamed), ...written };
}

/**
 * The ProxyConfig of one pod: the mesh's, the ProxyConfig resources that concern it, its own annotation, each over what comes before.
 *
 * @param overrides ProxyConfig resources in creation order.
 * @throws Fault `INJECT_POD_REFUSED` when the annotation is no ProxyConfig.
 */
export function findProxyConfig(
  mesh: JsonObject,
  pod: JsonObject,
  namespace: string,
  overrides: readonly ProxyConfigOverride[],
): JsonObject {
  const labels = textsAt(pod, 'metadata', 'labels');
  const rootNamespace = textAt(mesh, 'rootNamespace');
  const choice = chooseOverrides(overrides, { namespace, labels }, rootNamespace);
  let config = objectAt(mesh, 'defaultConfig');
  for (const override of [choice.root, choice.namespace, choice.workload])
    if (override !== undefined) config = overlay(config, toProxyConfig(override));
  const annotation = findText(pod, 'metadata', 'annotations', ANNOTATION.proxyConfig);
  return annotation === undefined ? config : overlay(config, parseAnnotation(annotation));
}

/** Whether the application of a pod waits for its proxy, as the mesh and the pod's annotation say. */
export function holdsApplication(mesh: JsonObject, pod: JsonObject): boolean {
  const annotation = findText(pod, 'metadata', 'annotations', ANNOTATION.proxyConfig);
  const base = objectAt(mesh, 'defaultConfig');
  const config = annotation === undefined ? base : overlay(base, parseAnnotation(annotation));
  return config.holdApplicationUntilProxyStarts === true;
}

function parseAnnotation(text: string): JsonObject {
  const written: unknown = readWrittenProxyConfig(text);
  if (isJsonObject(written)) return written;
  if (text.trim() === '') return {};
  throw injectFault('INJECT_POD_REFUSED', `annotation ${ANNOTATION.proxyConfig} is no ProxyConfig`);
}

function toProxyConfig({ concurrency, environment, imageType }: ProxyConfigOverride): JsonObject {
  return {
    ...(concurrency !== undefined && { concurrency }),
    ...(imageType !== undefined && { image: { imageType } }),
    ...(isGiven(environment) && { proxyMetadata: environment }),
  };
}

function overlay(below: JsonObject, above: JsonObject): JsonObject {
  const proxyMetadata = { ...objectAt(below, 'proxyMetadata'), ...objectAt(above, 'proxyMetadata') };
  return { ...below, ...above, ...(isGiven(proxyMetadata) && { proxyMetadata }) };
}

/** Fields of ProxyConfig in the order that Istio prints them. */
const FIELD_ORDER = [
  'configPath',
  'binaryPath',
  'serviceCluster',
  'tracingServiceName',
  'drainDuration',
  'discoveryAddress',
  'discoveryRefreshDelay',
  'zipkinAddress',
  'statsdUdpAddress',
  'envoyMetricsServiceAddress',
  'proxyAdminPort',
  'availabilityZone',
  'controlPlaneAuthPolicy',
  'customConfigFile',
  'statNameLength',
  'concurrency',
  'proxyBootstrapTemplatePath',
  'interceptionMode',
  'tracing',
  'sds',
  'envoyAccessLogService',
  'envoyMetricsService',
  'proxyMetadata',
  'runtimeValues',
  'statusPort',
  'extraStatTags',
  'gatewayTopology',
  'terminationDrainDuration',
  'meshId',
  'readinessProbe',
  'proxyStatsMatcher',
  'holdApplicationUntilProxyStarts',
  'caCertificatesPem',
  'image',
  'privateKeyProvider',
  'proxyHeaders',
];

/** Fields for which a message or a wrapped value stands, so that empty and `false` are said. */
const KEPT_WHEN_EMPTY: readonly string[] = [
  'tracing',
  'concurrency',
  'holdApplicationUntilProxyStarts',
  'statsCompression',
];

/** A ProxyConfig as proxies are given it: JSON with what differs from the defaults alone, which keeps pods small. */
export function printProxyConfig(config: JsonObject): string {
  const rest = Object.keys(config).filter((field) => !FIELD_ORDER.includes(field));
  const said: Record<string, Json> = {};
  for (const field of [...FIELD_ORDER, ...rest]) {
    const value = config[field];
    if (value === undefined || value === null || value === DEFAULT_PROXY_CONFIG[field]) continue;
    if (!KEPT_WHEN_EMPTY.includes(field) && !isGiven(value)) continue;
    if (field === 'interceptionMode' && value === 'REDIRECT') continue;
    said[field] = field === 'proxyMetadata' && isJsonObject(value) ? sortFields(value) : value;
  }
  return JSON.stringify(said);
}

/** An object with its fields in the order of their names. */
export function sortFields(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
