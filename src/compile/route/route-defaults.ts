import type { MeshConfig } from '../../model/mesh-config.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { Retries } from '../../model/virtual-service.ts';
import type { CompileCache } from '../cache.ts';

/** What all routes of a proxy have in common. Plain values: equal ones are the identical value. */
export interface RouteDefaults {
  readonly appendXForwardedHost: boolean;
  /** The mesh's policy for rules that say nothing about retries. */
  readonly retries: Retries | undefined;
  /** Envoy puts `-shadow` behind the host of copies. */
  readonly shadowHostSuffix: boolean;
}

/** Reads from the mesh's settings and a proxy what its routes depend on. */
export function getRouteDefaults(mesh: MeshConfig, { proxyConfig }: ProxyClass, cache: CompileCache): RouteDefaults {
  const { defaultHttpRetryPolicy, features } = mesh;
  return cache.call(
    makeDefaults,
    proxyConfig.proxyHeaders.xForwardedHost,
    defaultHttpRetryPolicy,
    features.shadowHostSuffix,
  );
}

function makeDefaults(
  appendXForwardedHost: boolean,
  retries: Retries | undefined,
  shadowHostSuffix: boolean,
): RouteDefaults {
  return { appendXForwardedHost, retries, shadowHostSuffix };
}
