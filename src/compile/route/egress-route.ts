import { isHttp, isHttpOrSniffed, type Protocol } from '../../model/protocol.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import type { Service } from '../../model/service.ts';
import { listServiceAddresses } from '../../model/service-address.ts';
import type { EgressListener } from '../../model/sidecar.ts';
import type { EgressView, SidecarScope } from '../../model/sidecar-scope.ts';
import { HTTP_PROXY_ROUTE, portRouteName, sniffedRouteName } from '../names.ts';

/** One route configuration that listeners of a sidecar may name, and what it is about. */
export type EgressRoute =
  /** All HTTP services of a port. */
  | { readonly kind: 'port'; readonly name: string; readonly view: EgressView; readonly port: number }
  /** One service on a listener of its own, whose protocol the proxy finds out. */
  | {
      readonly kind: 'sniffed';
      readonly name: string;
      readonly view: EgressView;
      readonly port: number;
      readonly host: string;
    }
  /** All ports of all services: the port is part of the request's host. */
  | { readonly kind: 'all-ports'; readonly name: string; readonly view: EgressView };

/**
 * Every route configuration that the sidecars of a scope can ask for, one per name. It may be more than a given proxy's listeners name, never
 * less.
 * @see istio pilot/pkg/networking/core/listener.go `buildSidecarOutboundListeners`
 */
export function listEgressRoutes(scope: SidecarScope, proxy: ProxyClass): readonly EgressRoute[] {
  const routes = new Map<string, EgressRoute>();
  const add = (route: EgressRoute) => routes.has(route.name) || routes.set(route.name, route);
  // What an egress listener declares by number is seen through it alone, also where the listener for all other ports would have it too.
  const declared = new Set<number>();
  for (const view of scope.egress) {
    const { port, bind = '' } = view.listener;
    if (port === undefined) {
      addServiceRoutes(view, { proxy, add, skips: declared });
    } else if (port.number === 0) {
      if (isHttpOrSniffed(port.protocol)) add({ kind: 'all-ports', name: bind, view });
    } else if (!declared.has(port.number)) {
      declared.add(port.number);
      addDeclaredRoutes(view, port, { proxy, add, skips: new Set() });
    }
  }
  const open = scope.egress.find(({ listener }) => listener.port === undefined);
  const proxyPort = proxy.settings.httpProxyPort ?? scope.mesh.proxyHttpPort;
  if (open !== undefined && proxyPort > 0) add({ kind: 'all-ports', name: HTTP_PROXY_ROUTE, view: open });
  return [...routes.values()];
}

interface Walk {
  readonly proxy: ProxyClass;
  readonly add: (route: EgressRoute) => void;
  readonly skips: ReadonlySet<number>;
}

/** Routes of a listener that takes the protocol of each service's port. */
function addServiceRoutes(view: EgressView, { proxy, add, skips }: Walk): void {
  for (const service of view.services) {
    if (service.resolution === 'alias') continue;
    for (const { number: port, protocol } of service.ports) {
      if (!isHttpOrSniffed(protocol)) continue;
      const places = findPlaces(service, protocol, { listener: view.listener, proxy });
      if (places.shared && !skips.has(port)) add({ kind: 'port', name: portRouteName(port), view, port });
      if (places.own) addSniffed(view, service, port, add);
    }
  }
}

/** Routes of a listener that declares one port, whose protocol is the listener's. */
function addDeclaredRoutes(
  view: EgressView,
  { number: port, protocol }: Required<EgressListener>['port'],
  { proxy, add }: Walk,
): void {
  if (!isHttpOrSniffed(protocol) || view.services.length === 0) return;
  const name = view.listener.bind?.startsWith('unix://') ? view.listener.bind : portRouteName(port);
  if (protocol === 'http_proxy') add({ kind: 'all-ports', name, view });
  else if (isHttp(protocol)) add({ kind: 'port', name, view, port });
  else {
    for (const service of view.services) {
      const places = findPlaces(service, protocol, { listener: view.listener, proxy });
      if (places.shared) add({ kind: 'port', name, view, port });
      if (places.own && service.resolution !== 'alias') addSniffed(view, service, port, add);
    }
  }
}

function addSniffed(view: EgressView, { hostname }: Service, port: number, add: Walk['add']): void {
  add({ kind: 'sniffed', name: sniffedRouteName(hostname, port), view, port, host: hostname });
}

interface Places {
  readonly shared: boolean;
  readonly own: boolean;
}

/**
 * Whether a port is served by the listener that all services of the port share, by one of the service's own, or possibly by either: a headless
 * service has a listener per endpoint, and which endpoints there are is not known here.
 */
function findPlaces(
  service: Service,
  protocol: Protocol,
  { listener, proxy }: { readonly listener: EgressListener; readonly proxy: ProxyClass },
): Places {
  if (isHttp(protocol)) return { shared: true, own: false };
  const isBound = proxy.interception === 'NONE' || listener.captureMode === 'none';
  if (listener.bind !== undefined) {
    const shared = listener.bind === '0.0.0.0' || listener.bind === '::';
    return { shared, own: !shared };
  }
  if (isBound) return { shared: false, own: true };
  return findOpenPlaces(service, proxy);
}

function findOpenPlaces(service: Service, proxy: ProxyClass): Places {
  const addresses = listServiceAddresses(service, proxy);
  // A Kubernetes Service keeps its address as its place even where it is of the wrong family.
  const own =
    addresses.some((address) => !address.includes('/')) || (addresses.length === 0 && service.addresses.length > 0);
  const shared = !own || addresses.some((address) => address.includes('/'));
  return { shared, own: own || service.resolution === 'passthrough' };
}
