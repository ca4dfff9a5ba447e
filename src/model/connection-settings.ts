/**
 * Limits on connections that a proxy accepts. Absent fields keep Istio's or Envoy's default; counts and sizes are never negative.
 * @see istio mesh/v1alpha1/proxy.proto `ConnectionSettings`
 */
export interface ConnectionSettings {
  readonly profile: 'sidecar' | 'edge';
  readonly listenerBufferLimitBytes?: number;
  readonly clusterBufferLimitBytes?: number;
  readonly httpIdleTimeoutMs?: number;
  readonly httpMaxConnectionDurationMs?: number;
  readonly httpDrainTimeoutMs?: number;
  readonly httpRequestTimeoutMs?: number;
  readonly httpRequestHeadersTimeoutMs?: number;
  readonly httpStreamIdleTimeoutMs?: number;
  readonly httpMaxStreamDurationMs?: number;
  readonly httpMaxConcurrentStreams?: number;
  readonly http2InitialStreamWindowBytes?: number;
  readonly http2InitialConnectionWindowBytes?: number;
  readonly headersWithUnderscores?: 'ALLOW' | 'REJECT_REQUEST' | 'DROP_HEADER';
  readonly mergeSlashes?: boolean;
  readonly pathWithEscapedSlashes?:
    | 'KEEP_UNCHANGED'
    | 'REJECT_REQUEST'
    | 'UNESCAPE_AND_REDIRECT'
    | 'UNESCAPE_AND_FORWARD';
}

/** What Envoy's own documentation advises for a proxy that faces strangers. */
const EDGE_DEFAULTS: Required<Omit<ConnectionSettings, 'profile' | keyof NotAtTheEdge>> = {
  listenerBufferLimitBytes: 32_768,
  httpIdleTimeoutMs: 3_600_000,
  httpStreamIdleTimeoutMs: 300_000,
  httpRequestTimeoutMs: 300_000,
  httpRequestHeadersTimeoutMs: 60_000,
  httpMaxConcurrentStreams: 100,
  http2InitialStreamWindowBytes: 65_536,
  http2InitialConnectionWindowBytes: 1_048_576,
  headersWithUnderscores: 'REJECT_REQUEST',
  mergeSlashes: true,
  pathWithEscapedSlashes: 'UNESCAPE_AND_REDIRECT',
};

type NotAtTheEdge = Pick<
  ConnectionSettings,
  'clusterBufferLimitBytes' | 'httpMaxConnectionDurationMs' | 'httpDrainTimeoutMs' | 'httpMaxStreamDurationMs'
>;

/** Fills what an `edge` profile leaves open. Only gateways face strangers: at sidecars the profile adds nothing. */
export function withProfileDefaults(settings: ConnectionSettings, type: 'sidecar' | 'router'): ConnectionSettings {
  return settings.profile === 'edge' && type === 'router' ? { ...EDGE_DEFAULTS, ...settings } : settings;
}
