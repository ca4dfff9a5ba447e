import { compareText } from '../../model/object.ts';
import { isHttp, isHttpOrSniffed, type Protocol } from '../../model/protocol.ts';
import type { InterceptionMode, IpMode } from '../../model/proxy.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import { type Service, UNSPECIFIED_ADDRESS } from '../../model/service.ts';
import { listServiceAddresses } from '../../model/service-address.ts';
import { cutServices } from '../../model/service-pieces.ts';
import type { EgressListener } from '../../model/sidecar.ts';
import { UNIX_SCHEME } from '../address.ts';
import type { CompileCache } from '../cache.ts';
import { portRouteName, sniffedRouteName } from '../names.ts';

/** One route configuration that an egress listener may name, and what it is about. */
export type EgressRoute =
  /** All HTTP services of a port. */
  | { readonly kind: 'port'; readonly name: string; readonly port: number }
  /** One service on a listener of its own, whose protocol the proxy finds out. */
  | { readonly kind: 'sniffed'; readonly name: string; readonly port: number; readonly host: string }
  /** All ports of all services: the port is part of the request's host. */
  | { readonly kind: 'all-ports'; readonly name: string };

/** What of a proxy decides which listeners it has. Plain values: equal ones are the identical value. */
export interface ListenerPlaces {
  readonly ipMode: IpMode;
  readonly dnsCapture: boolean;
  /** Listeners bind real ports on the loopback address: nothing is captured. */
  readonly isBound: boolean;
}

/** Reads from a proxy where its listeners are. */
export function toListenerPlaces({ ipMode, settings, interception }: ProxyClass, cache: CompileCache): ListenerPlaces {
  return cache.call(makePlaces, ipMode, settings.dnsCapture, interception);
}

function makePlaces(ipMode: IpMode, dnsCapture: boolean, interception: InterceptionMode): ListenerPlaces {
  return { ipMode, dnsCapture, isBound: interception === 'NONE' };
}

/**
 * Every route configuration that one egress listener can name, each once, sorted by name. It may be more than the listener of a given proxy names, never less.
 * @see istio pilot/pkg/networking/core/listener.go `buildSidecarOutboundListeners`
 */
export function listEgressRoutes(
  listener: EgressListener,
  services: readonly Service[],
  places: ListenerPlaces,
  cache: CompileCache,
): readonly EgressRoute[] {
  const pieces = cutServices(services).map((piece) => cache.call(listPieceRoutes, listener, piece, places));
  const [first = []] = pieces;
  const routes = new Map(first.map((route) => [route.name, route]));
  for (const route of pieces.slice(1).flat()) if (!routes.has(route.name)) routes.set(route.name, route);
  return [...routes.values()].sort((a, b) => compareText(a.name, b.name));
}

/** The same for some of the services, in no order. */
function listPieceRoutes(
  listener: EgressListener,
  services: readonly Service[],
  places: ListenerPlaces,
): readonly EgressRoute[] {
  const { port, bind = '' } = listener;
  const routes = new Map<string, EgressRoute>();
  const add = (route: EgressRoute) => routes.has(route.name) || routes.set(route.name, route);
  if (port === undefined) {
    for (const service of services) {
      for (const { number, protocol } of service.ports) addService(service, number, protocol);
    }
  } else if (services.length > 0 && isHttpOrSniffed(port.protocol)) {
    const name = bind.startsWith(UNIX_SCHEME) ? bind : portRouteName(port.number);
    if (port.number === 0 || port.protocol === 'http_proxy') add({ kind: 'all-ports', name });
    else if (isHttp(port.protocol)) add({ kind: 'port', name, port: port.number });
    else for (const service of services) addService(service, port.number, port.protocol);
  }
  return [...routes.values()];

  function addService(service: Service, number: number, protocol: Protocol): void {
    if (service.resolution === 'alias' || !isHttpOrSniffed(protocol)) return;
    const { shared, own } = isHttp(protocol) ? SHARED : findPlaces(service, listener, places);
    if (shared) add({ kind: 'port', name: portRouteName(number), port: number });
    const { hostname: host } = service;
    if (own) add({ kind: 'sniffed', name: sniffedRouteName(host, number), port: number, host });
  }
}

/** Whether a port is served by the listener that all services of the port share, and whether by one of the service's own. */
interface Places {
  readonly shared: boolean;
  readonly own: boolean;
}

const SHARED: Places = { shared: true, own: false };
const OWN: Places = { shared: false, own: true };

function findPlaces(service: Service, { bind, captureMode }: EgressListener, places: ListenerPlaces): Places {
  if (bind !== undefined) return bind === UNSPECIFIED_ADDRESS || bind === '::' ? SHARED : OWN;
  if (places.isBound || captureMode === 'none') return OWN;
  // Which families count does not matter: where there are addresses, some are left.
  const addresses = listServiceAddresses(service, { ...places, dualStack: true });
  // A Kubernetes Service has a listener at its address even where that is of the wrong family.
  const own = addresses.length > 0 ? addresses.some((address) => !address.includes('/')) : service.addresses.length > 0;
  const shared = !own || addresses.some((address) => address.includes('/'));
  // A headless service has a listener per endpoint, and which endpoints there are is not known here.
  return { shared, own: own || service.resolution === 'passthrough' };
}
