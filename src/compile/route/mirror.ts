import type { envoy_config_route_v3_RouteAction_RequestMirrorPolicy as RequestMirrorPolicy } from '../../gen/messages.ts';
import type { Mirror } from '../../model/virtual-service.ts';
import { FALSE } from '../wire.ts';
import { ALWAYS, toFraction } from './fraction.ts';

/**
 * Compiles the copies of requests that a route sends to `cluster`; `undefined` for an explicit 0 %. The host is left as it is unless
 * Envoy's suffix `-shadow` is wanted.
 */
export function compileMirror(
  { percent }: Mirror,
  cluster: string,
  shadowHostSuffix: boolean,
): RequestMirrorPolicy | undefined {
  if (percent !== undefined && percent <= 0) return undefined;
  return {
    cluster,
    runtime_fraction: { default_value: percent === undefined ? ALWAYS : toFraction(percent) },
    trace_sampled: FALSE,
    ...(!shadowHostSuffix && { disable_shadow_host_suffix_append: true }),
  };
}
