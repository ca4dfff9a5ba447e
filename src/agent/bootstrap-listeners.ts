import { type TcpAddress, toAddressJson } from './address.ts';

/** Listeners that answer operators and probes; they keep working whatever the control plane sends. */
export function compileStaticListeners(options: {
  readonly health?: TcpAddress | undefined;
  readonly metrics?: TcpAddress | undefined;
  readonly agent?: object | undefined;
}): object[] {
  const listeners: object[] = [];
  if (options.metrics !== undefined) {
    const route = { match: { prefix: '/stats/prometheus' }, route: { cluster: 'prometheus_stats' } };
    listeners.push(compileAdminListener('stats', options.metrics, route));
  }
  if (options.health !== undefined) {
    const match = { path: '/healthz/ready' };
    // Envoy's admin interface says LIVE only after the first clusters and listeners have arrived; an agent knows more than that.
    const route =
      options.agent === undefined
        ? { match, route: { cluster: 'prometheus_stats', prefix_rewrite: '/ready' } }
        : { match, route: { cluster: 'agent' } };
    listeners.push(compileAdminListener('agent', options.health, route));
  }
  return listeners;
}

/** One HTTP listener in front of one path of the admin interface, so that the rest of it stays private. */
function compileAdminListener(statPrefix: string, address: TcpAddress, route: object): object {
  return {
    name: `${address.host}_${address.port}`,
    address: toAddressJson(address),
    // Probes and scrapes must get through just when the proxy is full.
    ignore_global_conn_limit: true,
    bypass_overload_manager: true,
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: {
              '@type':
                'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              stat_prefix: `${statPrefix};`,
              route_config: { virtual_hosts: [{ name: 'backend', domains: ['*'], routes: [route] }] },
              http_filters: [
                {
                  name: 'envoy.filters.http.router',
                  typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' },
                },
              ],
            },
          },
        ],
      },
    ],
  };
}
