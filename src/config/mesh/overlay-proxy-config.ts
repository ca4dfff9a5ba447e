import type { ProxyConfig, ProxyHeaders } from '../../model/mesh-config.ts';
import type { ProxyConfigOverride } from '../../model/proxy-config-override.ts';
import { parseProxyConfig, type WrittenProxyConfig } from './parse-proxy-config.ts';

/**
 * `base`, with what `written` says in its place. A field that is written counts as a whole, but for the proxy's environment, whose variables
 * come together, and for five headers, which stay where `written` says nothing of them.
 * @see istio pkg/config/mesh/mesh.go `MergeProxyConfig`
 */
export function overlayProxyConfig(base: ProxyConfig, written: WrittenProxyConfig): ProxyConfig {
  const parsed = parseProxyConfig(written);
  const { proxyHeaders } = written;
  const pick = <K extends keyof WrittenProxyConfig & keyof ProxyConfig>(field: K): Pick<ProxyConfig, K> =>
    written[field] === undefined ? base : parsed;
  return {
    ...base,
    ...(proxyHeaders && { proxyHeaders: overlayHeaders(base.proxyHeaders, parsed.proxyHeaders, proxyHeaders) }),
    gatewayTopology: pick('gatewayTopology').gatewayTopology,
    statusPort: pick('statusPort').statusPort,
    drainDurationMs: written.drainDuration === undefined ? base.drainDurationMs : parsed.drainDurationMs,
    terminationDrainDurationMs:
      written.terminationDrainDuration === undefined
        ? base.terminationDrainDurationMs
        : parsed.terminationDrainDurationMs,
    ...onlyPresent('discoveryAddress', pick('discoveryAddress').discoveryAddress),
    ...onlyPresent('concurrency', pick('concurrency').concurrency),
    ...onlyPresent('connectionSettings', pick('connectionSettings').connectionSettings),
    bootstrap: overlayBootstrap(base.bootstrap, parsed.bootstrap, written),
  };
}

/** `base` under a ProxyConfig resource. */
export function overlayOverride(base: ProxyConfig, override: ProxyConfigOverride): ProxyConfig {
  const { concurrency, environment, imageType } = override;
  return overlayProxyConfig(base, {
    ...(concurrency !== undefined && { concurrency }),
    ...(Object.keys(environment).length > 0 && { proxyMetadata: { ...environment } }),
    ...(imageType !== undefined && { image: { imageType } }),
  });
}

function onlyPresent<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  const entries: { [P in K]?: V } = {};
  if (value !== undefined) entries[key] = value;
  return entries;
}

function overlayHeaders(
  base: ProxyHeaders,
  parsed: ProxyHeaders,
  written: NonNullable<WrittenProxyConfig['proxyHeaders']>,
): ProxyHeaders {
  return {
    ...parsed,
    ...onlyPresent('forwardedClientCert', parsed.forwardedClientCert ?? base.forwardedClientCert),
    ...onlyPresent('server', parsed.server ?? base.server),
    requestIdDisabled: (written.requestId ? parsed : base).requestIdDisabled,
    attemptCountDisabled: (written.attemptCount ? parsed : base).attemptCountDisabled,
    envoyDebugHeadersDisabled: (written.envoyDebugHeaders ? parsed : base).envoyDebugHeadersDisabled,
  };
}

type Bootstrap = ProxyConfig['bootstrap'];

/** Fields that were only filled in by default leave the base's alone. */
function overlayBootstrap(base: Bootstrap, parsed: Bootstrap, written: WrittenProxyConfig): Bootstrap {
  const said = Object.entries(parsed).filter(([field]) => field in written);
  const { serviceCluster, tracingServiceName, ...rest } = base;
  // Of the two names for traces only one can be in force.
  const named =
    'serviceCluster' in written || 'tracingServiceName' in written
      ? {}
      : { ...onlyPresent('serviceCluster', serviceCluster), ...onlyPresent('tracingServiceName', tracingServiceName) };
  const environment = { ...Object(base.proxyMetadata), ...written.proxyMetadata };
  return {
    ...rest,
    ...named,
    ...Object.fromEntries(said),
    ...(Object.keys(environment).length > 0 && { proxyMetadata: environment }),
  };
}
