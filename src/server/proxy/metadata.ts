import type { ProxySettings } from '../../model/proxy.ts';

type Metadata = Readonly<Record<string, unknown>>;

/** A string value; numbers and booleans are written out, anything else is empty. */
export function readString(metadata: Metadata, key: string): string {
  const value = metadata[key];
  return typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : '';
}

/** An object of strings; entries that are none are left out. */
export function readStringMap(metadata: Metadata, key: string): Readonly<Record<string, string>> {
  const value = metadata[key];
  if (typeof value !== 'object' || value === null) return {};
  const pairs = Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  return Object.fromEntries(pairs);
}

function readBoolean(metadata: Metadata, key: string): boolean {
  return ['true', '1'].includes(readString(metadata, key).toLowerCase());
}

function readPort(metadata: Metadata, key: string): number | undefined {
  const port = Number(readString(metadata, key) || Number.NaN);
  return Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A Go duration in milliseconds; a bad one is as if it were not there, as istiod treats it. */
function readDurationMs(metadata: Metadata, key: string): number | undefined {
  const text = readString(metadata, key);
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (text === '' || parts.map((p) => p[0]).join('') !== text) return undefined;
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? 0), 0);
}

const RESERVED = [
  'ENVOY_STATUS_PORT',
  'ENVOY_PROMETHEUS_PORT',
  'ENVOY_SECURE_METRICS_PORT',
  'ENVOY_SECURE_MERGED_METRICS_PORT',
];

/**
 * Reads the metadata that shapes listeners and clusters. Booleans travel as strings, lists with commas.
 * @see istio pkg/model/proxy.go `NodeMetadata`
 */
export function parseSettings(metadata: Metadata): ProxySettings {
  const httpProxyPort = readPort(metadata, 'HTTP_PROXY_PORT');
  const idleTimeoutMs = readDurationMs(metadata, 'IDLE_TIMEOUT');
  const chain = readString(metadata, 'TLS_CLIENT_CERT_CHAIN');
  const key = readString(metadata, 'TLS_CLIENT_KEY');
  return {
    http10: readString(metadata, 'HTTP10') === '1',
    ...(httpProxyPort !== undefined && { httpProxyPort }),
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    unprivileged: readBoolean(metadata, 'UNPRIVILEGED_POD'),
    inboundExactBalance: readBoolean(metadata, 'INBOUND_LISTENER_EXACT_BALANCE'),
    outboundExactBalance: readBoolean(metadata, 'OUTBOUND_LISTENER_EXACT_BALANCE'),
    dnsCapture: readBoolean(metadata, 'DNS_CAPTURE'),
    dnsAutoAllocate: readBoolean(metadata, 'DNS_AUTO_ALLOCATE'),
    reservedPorts: RESERVED.flatMap((name) => readPort(metadata, name) ?? []),
    networkView: readString(metadata, 'REQUESTED_NETWORK_VIEW')
      .split(',')
      .map((n) => n.trim())
      .filter((n) => n !== ''),
    ...(chain && key && { clientCertificate: { chain, key, root: readString(metadata, 'TLS_CLIENT_ROOT_CERT') } }),
    ...readServerFiles(metadata),
  };
}

function readServerFiles(metadata: Metadata): Pick<ProxySettings, 'serverFiles'> {
  const [chain, key, root] = ['CERT_CHAIN', 'KEY', 'ROOT_CERT'].map((name) =>
    readString(metadata, `TLS_SERVER_${name}`),
  );
  const certificate = chain && key ? { certificate: { chain, key } } : {};
  return (chain && key) || root ? { serverFiles: { ...certificate, ...(root && { root }) } } : {};
}
