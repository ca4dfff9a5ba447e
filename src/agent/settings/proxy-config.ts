import { parseDuration } from './environment.ts';
import { settingFault } from './fault.ts';

/** A ProxyConfig, or part of one, as it is written: the control plane reads it whole, from the node's metadata. */
export type ProxyConfigJson = Readonly<Record<string, unknown>>;

/** What the agent itself does with a ProxyConfig. @see istio mesh/v1alpha1/proxy.proto */
export interface AgentProxyConfig {
  /** Where Envoy's bootstrap and sockets lie. */
  readonly configPath: string;
  readonly binaryPath: string;
  readonly serviceCluster: string;
  readonly discoveryAddress: string;
  /** How long Envoy takes to drain a connection. */
  readonly drainMs: number;
  /** How long the agent waits for that before it ends Envoy. */
  readonly terminationDrainMs: number;
  readonly adminPort: number;
  /** Where the agent answers probes. */
  readonly statusPort: number;
  readonly concurrency: number | undefined;
  readonly holdsApplication: boolean;
  /** Environment that it adds. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly runtimeValues: Readonly<Record<string, string>>;
}

/** @see istio pkg/config/mesh/mesh.go `DefaultProxyConfig` */
const DEFAULTS: ProxyConfigJson = {
  configPath: './etc/istio/proxy',
  binaryPath: '/usr/local/bin/envoy',
  serviceCluster: 'istio-proxy',
  discoveryAddress: 'istiod.istio-system.svc:15012',
  drainDuration: '45s',
  terminationDrainDuration: '5s',
  proxyAdminPort: 15000,
  statusPort: 15020,
};

/** Puts parts together: a field of a later one replaces the same of an earlier one, members of maps each by itself. */
export function mergeProxyConfig(...parts: readonly ProxyConfigJson[]): ProxyConfigJson {
  const merged: Record<string, unknown> = {};
  for (const [name, value] of parts.flatMap((part) => Object.entries(part))) {
    const under = merged[name];
    merged[name] = isPlain(under) && isPlain(value) ? { ...under, ...value } : value;
  }
  return merged;
}

/** Reads a part: JSON, or YAML, whose reader is loaded only then. @throws Fault AGENT_SETTING that names `where` */
export async function parseProxyConfig(text: string, where: string): Promise<ProxyConfigJson> {
  const value = await parseText(text, where);
  if (value === null || value === undefined) return {};
  if (!isPlain(value)) throw settingFault('AGENT_SETTING', `${where}: a ProxyConfig is a map of its fields`);
  return value;
}

/** Picks what the agent uses. @throws Fault AGENT_SETTING that names the field */
export function readProxyConfig(written: ProxyConfigJson): AgentProxyConfig {
  const json = mergeProxyConfig(DEFAULTS, written);
  return {
    configPath: readText(json, 'configPath'),
    binaryPath: readText(json, 'binaryPath'),
    serviceCluster: readText(json, 'serviceCluster'),
    discoveryAddress: readText(json, 'discoveryAddress'),
    drainMs: parseDuration(readText(json, 'drainDuration'), 'drainDuration'),
    terminationDrainMs: parseDuration(readText(json, 'terminationDrainDuration'), 'terminationDrainDuration'),
    adminPort: readNumber(json, 'proxyAdminPort'),
    statusPort: readNumber(json, 'statusPort'),
    concurrency:
      json.concurrency === undefined || json.concurrency === null ? undefined : readNumber(json, 'concurrency'),
    holdsApplication: json.holdApplicationUntilProxyStarts === true,
    metadata: readTexts(json, 'proxyMetadata'),
    runtimeValues: readTexts(json, 'runtimeValues'),
  };
}

async function parseText(text: string, where: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    const { load, CORE_SCHEMA } = await import('js-yaml');
    try {
      return load(text, { schema: CORE_SCHEMA });
    } catch (cause) {
      throw settingFault('AGENT_SETTING', `${where}: neither JSON nor YAML`, cause);
    }
  }
}

function readText(json: ProxyConfigJson, name: string): string {
  const value = json[name];
  if (typeof value !== 'string' || value === '')
    throw settingFault('AGENT_SETTING', `ProxyConfig ${name}: a text is expected`);
  return value;
}

function readNumber(json: ProxyConfigJson, name: string): number {
  const value = Number(json[name]);
  if (!Number.isInteger(value) || value < 0)
    throw settingFault('AGENT_SETTING', `ProxyConfig ${name}: a whole number is expected`);
  return value;
}

function readTexts(json: ProxyConfigJson, name: string): Readonly<Record<string, string>> {
  const value = json[name];
  if (value === undefined || value === null) return {};
  if (!isPlain(value)) throw settingFault('AGENT_SETTING', `ProxyConfig ${name}: a map of texts is expected`);
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
