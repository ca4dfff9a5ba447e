import { HTTP_PROXY_ROUTE, listenerName } from '../names.ts';
import { type CompiledResource, toResource } from '../resource.ts';
import { durationOf } from '../wire.ts';
import { getLoopbacks } from './addresses.ts';
import { compileHttpConnectionManager } from './http-connection-manager.ts';
import { EXACT_BALANCE, toListenerAddress } from './port-listener.ts';
import { compileAcceptLimit, compileConnectTimeout } from './limits.ts';
import type { ListenerSettings } from './settings.ts';

/**
 * Compiles the listener on loopback that serves applications as their HTTP proxy: requests name any host on any port.
 * @see istio pilot/pkg/networking/core/listener.go `buildHTTPProxy`
 */
export function compileHttpProxyListener(settings: ListenerSettings): CompiledResource {
  const binds = getLoopbacks(settings.ipMode);
  const name = listenerName(binds[0], settings.httpProxyPort);
  const manager = compileHttpConnectionManager(settings, {
    side: 'outbound',
    statPrefix: `outbound_${name};`,
    route: { rds: HTTP_PROXY_ROUTE },
    protocols: ['http_proxy'],
    explicitProxy: true,
  });
  const message = {
    name,
    ...toListenerAddress(binds, settings.httpProxyPort),
    traffic_direction: 'OUTBOUND',
    continue_on_listener_filters_timeout: true,
    ...(settings.outboundExactBalance && EXACT_BALANCE),
    ...compileAcceptLimit(settings),
    listener_filters_timeout: durationOf(0),
    filter_chains: [{ filters: [manager], ...compileConnectTimeout(settings) }],
  } as const;
  return toResource('envoy.config.listener.v3.Listener', name, message, []);
}
