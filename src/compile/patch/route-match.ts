import type {
  envoy_config_route_v3_Route as Route,
  envoy_config_route_v3_VirtualHost as VirtualHost,
} from '../../gen/messages.ts';
import type { EnvoyPatch, VirtualHostMatch } from '../../model/envoy-filter.ts';

/** What a gateway's route configuration stands for. */
export interface GatewayRoutes {
  /** Ports of the servers whose routes these are, as Gateways declare them. */
  readonly ports: readonly number[];
  /** Name of the server's port, where the routes are those of one server; else empty. */
  readonly portName: string;
  /** `namespace/name` of the Gateway, where the routes are those of one server; else empty. */
  readonly gateway: string;
}

/**
 * Whether a patch is for a route configuration, or for something in it. A sidecar's are known by their port alone, so there a match by gateway
 * or by the name of a port asks for nothing.
 *
 * @param gateway absent at sidecars.
 * @see istio pilot/pkg/networking/core/envoyfilter/rc_patch.go `routeConfigurationMatch`
 */
export function matchesRouteConfiguration(patch: EnvoyPatch, name: string, gateway?: GatewayRoutes): boolean {
  const { routeConfiguration: match } = patch;
  if (match === undefined) return true;
  if (match.name !== undefined && match.name !== name) return false;
  const ports = gateway?.ports ?? [toPort(name)];
  if (match.port !== undefined && !ports.includes(match.port)) return false;
  if (gateway === undefined) return true;
  const isEqual = (asked: string | undefined, value: string) => asked === undefined || asked === value;
  return isEqual(match.portName, gateway.portName) && isEqual(match.gateway, gateway.gateway);
}

/** The port in `8080` and `inbound|8080||`; 0 for names by other things. */
function toPort(name: string): number {
  const [, port = ''] = /^(?:inbound\|)?(\d+)(?:\|.*)?$/.exec(name) ?? [];
  return Number(port);
}

/** Whether a patch whose route configuration matches is for this virtual host, or for something in it. */
export function matchesVirtualHost({ routeConfiguration }: EnvoyPatch, { name, domains }: VirtualHost): boolean {
  const match = routeConfiguration?.virtualHost;
  return (
    (match?.name === undefined || match.name === name) &&
    (match?.domain === undefined || domains?.includes(match.domain) === true)
  );
}

/** Tells the route that a patch names; `undefined` when it names none. */
export function toRouteTarget({ routeConfiguration }: EnvoyPatch): ((route: Route) => boolean) | undefined {
  const match = routeConfiguration?.virtualHost?.route;
  return match && ((route) => isRoute(match, route));
}

function isRoute({ name, action }: NonNullable<VirtualHostMatch['route']>, route: Route): boolean {
  if (name !== undefined && name !== route.name) return false;
  switch (action) {
    case 'ROUTE':
      return route.redirect === undefined && route.direct_response === undefined;
    case 'REDIRECT':
      return route.redirect !== undefined;
    case 'DIRECT_RESPONSE':
      return route.direct_response !== undefined;
    default:
      return true;
  }
}
