import { isIP } from 'node:net';
import { createLog } from '../../kit/log.ts';
import { parseAddress, type TcpAddress } from '../address.ts';
import { parseDuration } from './environment.ts';
import { readJsonMap } from './environment-parts.ts';
import { settingFault } from './fault.ts';
import type { ProxyConfigJson } from './proxy-config.ts';

const log = createLog('agent');

/** Which statistics a proxy keeps beside those that everybody needs, and how. */
export interface StatsSettings {
  readonly prefixes: readonly string[];
  readonly suffixes: readonly string[];
  readonly regexps: readonly string[];
  /** Names of labels that the names of statistics carry. */
  readonly extraTags: readonly string[];
  /** Upper ends of buckets, by the beginnings of histograms' names. */
  readonly buckets: Readonly<Record<string, readonly number[]>>;
  readonly flushMs: number | undefined;
  readonly evictionMs: number | undefined;
}

/** TLS towards a server of telemetry, as ProxyConfig writes it. */
export type ClientTlsJson = Readonly<Record<string, unknown>>;

/** A server that Envoy itself sends telemetry to. */
export interface TelemetryServer {
  readonly address: TcpAddress;
  readonly tls: ClientTlsJson | undefined;
}

/** Where Envoy's telemetry goes by its bootstrap. */
export interface TelemetrySettings {
  readonly tracing: { readonly kind: 'zipkin' | 'datadog'; readonly server: TelemetryServer } | undefined;
  readonly metricsService: TelemetryServer | undefined;
  readonly accessLogService: TelemetryServer | undefined;
  readonly statsd: TcpAddress | undefined;
}

type Json = Readonly<Record<string, unknown>>;

/** An annotation replaces what ProxyConfig says of the same. @throws Fault AGENT_SETTING */
export function readStatsSettings(
  config: ProxyConfigJson,
  annotations: Readonly<Record<string, string>>,
): StatsSettings {
  const matcher = toJson(config.proxyStatsMatcher);
  const read = (name: string, written: unknown) => {
    const text = annotations[`sidecar.istio.io/${name}`];
    return text === undefined ? toTexts(written) : text.split(',').filter((part) => part !== '');
  };
  const flushMs = readInterval(annotations, 'statsFlushInterval');
  const evictionMs = readInterval(annotations, 'statsEvictionInterval');
  const isMultiple = evictionMs === undefined || evictionMs % (flushMs ?? DEFAULT_FLUSH_MS) === 0;
  if (!isMultiple)
    log.warn(
      { event: 'agent.stats' },
      `statsEvictionInterval is no multiple of the interval at which statistics are flushed: left out`,
    );
  return {
    prefixes: read('statsInclusionPrefixes', matcher.inclusionPrefixes),
    suffixes: read('statsInclusionSuffixes', matcher.inclusionSuffixes),
    regexps: read('statsInclusionRegexps', matcher.inclusionRegexps),
    extraTags: read('extraStatTags', config.extraStatTags),
    buckets: readBuckets(annotations['sidecar.istio.io/statsHistogramBuckets']),
    flushMs,
    evictionMs: isMultiple ? evictionMs : undefined,
  };
}

const DEFAULT_FLUSH_MS = 5000;

function readInterval(annotations: Readonly<Record<string, string>>, name: string): number | undefined {
  const text = annotations[`sidecar.istio.io/${name}`];
  return text === undefined ? undefined : parseDuration(text, `sidecar.istio.io/${name}`);
}

function readBuckets(text: string | undefined): StatsSettings['buckets'] {
  const entries = Object.entries(readJsonMap(text, 'sidecar.istio.io/statsHistogramBuckets'));
  return Object.fromEntries(
    entries.map(([prefix, bounds]) => [
      prefix,
      Array.isArray(bounds) ? bounds.map(Number).filter(Number.isFinite) : [],
    ]),
  );
}

/** @throws Fault AGENT_SETTING that names what cannot be read, or is not there any more */
export function readTelemetrySettings(config: ProxyConfigJson): TelemetrySettings {
  return {
    tracing: readTracing(config),
    metricsService: readServer(
      config.envoyMetricsService ?? toRemote(config.envoyMetricsServiceAddress),
      'envoyMetricsService',
    ),
    accessLogService: readServer(config.envoyAccessLogService, 'envoyAccessLogService'),
    statsd: readStatsd(config.statsdUdpAddress),
  };
}

function readTracing(config: ProxyConfigJson): TelemetrySettings['tracing'] {
  const tracing = toJson(config.tracing);
  const zipkin = tracing.zipkin ?? toRemote(config.zipkinAddress);
  for (const gone of ['lightstep', 'stackdriver', 'openCensusAgent'])
    if (tracing[gone] !== undefined)
      log.warn({ event: 'agent.tracing' }, `ProxyConfig tracing.${gone}: Envoy has no such tracer any more: left out`);
  const kind = zipkin !== undefined ? 'zipkin' : tracing.datadog !== undefined ? 'datadog' : undefined;
  if (kind === undefined) return undefined;
  const { address } = toJson(kind === 'zipkin' ? zipkin : tracing.datadog);
  const server = readServer({ address, tlsSettings: tracing.tlsSettings }, `tracing.${kind}`);
  return server && { kind, server };
}

function readServer(written: unknown, name: string): TelemetryServer | undefined {
  const { address, tlsSettings } = toJson(written);
  if (address === undefined || address === '') return undefined;
  const parsed = parseAddress(String(address));
  if (parsed?.kind !== 'tcp')
    throw settingFault('AGENT_SETTING', `ProxyConfig ${name}: "${String(address)}" is no host:port`);
  const tls = toJson(tlsSettings);
  const isPlain = tls.mode === undefined || tls.mode === 'DISABLE';
  return { address: parsed, tls: isPlain ? undefined : tls };
}

/** Envoy sends datagrams to an address only, not to a name. */
function readStatsd(written: unknown): TcpAddress | undefined {
  if (typeof written !== 'string' || written === '') return undefined;
  const parsed = parseAddress(written);
  if (parsed?.kind === 'tcp' && isIP(parsed.host) !== 0) return parsed;
  throw settingFault('AGENT_SETTING', `ProxyConfig statsdUdpAddress: "${written}" is no IP address with a port`);
}

function toRemote(address: unknown): Json | undefined {
  return typeof address === 'string' && address !== '' ? { address } : undefined;
}

function toTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function toJson(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
