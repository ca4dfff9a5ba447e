import { type Extension, toExtension } from '../extension.ts';
import type { HttpFilterContext } from './http-filter.ts';

/** Sends the request to the cluster that its route names. */
export function compileRouter({ settings }: HttpFilterContext): Extension {
  const suppress = settings.proxyHeaders.envoyDebugHeadersDisabled;
  return toExtension(
    'envoy.filters.http.router',
    'envoy.extensions.filters.http.router.v3.Router',
    suppress ? { suppress_envoy_headers: true } : {},
  );
}
