import type { IpMode } from '../../model/proxy.ts';
import { type Service, UNSPECIFIED_ADDRESS } from '../../model/service.ts';
import { listServiceAddresses } from '../../model/service-address.ts';
import type { ListenerSettings } from './settings.ts';

/** Addresses that one listener binds: the first gives it its name. */
export type Binds = readonly [string, ...string[]];

const WILDCARDS: Readonly<Record<IpMode, Binds>> = {
  ipv4: ['0.0.0.0'],
  ipv6: ['::'],
  dual: ['0.0.0.0', '::'],
};

const LOOPBACKS: Readonly<Record<IpMode, Binds>> = {
  ipv4: ['127.0.0.1'],
  ipv6: ['::1'],
  dual: ['127.0.0.1', '::1'],
};

/** Every address of the proxy's families, the family that names listeners first. */
export function getWildcards(ipMode: IpMode): Binds {
  return WILDCARDS[ipMode];
}

/** The loopback addresses of the proxy's families, in the same order. */
export function getLoopbacks(ipMode: IpMode): Binds {
  return LOOPBACKS[ipMode];
}

/** Where clients reach one service: an address of its own, or ranges that share the wildcard's listener. */
export interface ServicePlace {
  readonly binds: Binds;
  /** Ranges that filter chains match on; empty for a listener of its own, and for services that have no address at all. */
  readonly subnets: readonly string[];
  /** The address does not say which service is meant: TLS clients are told apart by the name they ask for. */
  readonly byName: boolean;
}

/**
 * Where listeners for a service may be: at the addresses that clients with this kind of proxy know it by. A Kubernetes Service that has none of
 * their IP family has its listener at the first of the others.
 * @see istio pilot/pkg/model/service.go `GetAddressForProxy`
 */
function listListenerAddresses(service: Service, settings: ListenerSettings): readonly string[] {
  const addresses = listServiceAddresses(service, settings);
  if (addresses.length > 0 || service.registry !== 'kubernetes') return addresses;
  return service.addresses.filter((address) => address !== UNSPECIFIED_ADDRESS).slice(0, 1);
}

/**
 * Every place at which clients with this kind of proxy reach a service. The addresses of a Kubernetes Service are one place, as they are one
 * per IP family; those of a ServiceEntry are a place each.
 * @see istio pilot/pkg/model/service.go `GetAddressForProxy`, `GetExtraAddressesForProxy`
 */
export function listPlaces(service: Service, settings: ListenerSettings): readonly ServicePlace[] {
  const addresses = listListenerAddresses(service, settings);
  const [first, ...rest] = addresses;
  if (first === undefined) return [unspecifiedPlace(service, settings.ipMode)];
  if (service.registry === 'kubernetes' || service.addresses.length === 0) return [placeOf([first, ...rest])];
  const subnets = addresses.filter((address) => address.includes('/'));
  const own = addresses.filter((address) => !address.includes('/')).map((address) => placeOf([address]));
  if (subnets.length === 0) return own;
  return [...own, { binds: getWildcards(settings.ipMode), subnets, byName: true }];
}

/** Where a service is reached on an address that the user chose for it: ranges do not matter there. */
export function toChosenPlace(binds: Binds, service: Service, settings: ListenerSettings): ServicePlace {
  const addresses = listListenerAddresses(service, settings);
  const isNowhere = addresses.length === 0 && binds[0] === getWildcards(settings.ipMode)[0];
  return { binds, subnets: [], byName: isNowhere || (addresses[0]?.includes('/') ?? false) };
}

/** Whether clients with this kind of proxy know no address of the service. */
export function isUnaddressed(service: Service, settings: ListenerSettings): boolean {
  return listListenerAddresses(service, settings).length === 0;
}

function placeOf(binds: Binds): ServicePlace {
  return { binds, subnets: [], byName: false };
}

// A Kubernetes Service without address is headless and counts as IPv4 everywhere; a ServiceEntry may mean either family.
function unspecifiedPlace({ registry }: Service, ipMode: IpMode): ServicePlace {
  const binds: Binds = registry === 'external' ? getWildcards(ipMode) : [UNSPECIFIED_ADDRESS];
  return { binds, subnets: [], byName: binds[0] === getWildcards(ipMode)[0] };
}

/** What decides whether a listener may have a port. */
export interface PortClaim {
  readonly port: number;
  /** Empty when the address is decided by the service. */
  readonly bind: string;
  readonly realBind: boolean;
  readonly isHttp: boolean;
  /** Whether the capture ports are taken too: not for what a Sidecar declares inbound, as in Istio. */
  readonly capturePorts: boolean;
}

/**
 * Why a listener may not have its port; `undefined` when it may. Ports that the proxy itself answers on are taken on the wildcard address, and
 * that is where HTTP without an address of its own goes.
 * @see istio pilot/pkg/model/context.go `CanBindToPort`
 */
export function findPortObstacle(claim: PortClaim, settings: ListenerSettings): string | undefined {
  const { port, bind, realBind, isHttp } = claim;
  if (realBind && settings.unprivileged && port > 0 && port < 1024)
    return `an unprivileged proxy cannot bind port ${port}`;
  const onWildcard = bind === '' ? isHttp : bind === getWildcards(settings.ipMode)[0];
  if (!onWildcard) return undefined;
  const capture = claim.capturePorts && (port === settings.outboundPort || port === settings.inboundPort);
  return capture || settings.reservedPorts.includes(port) ? `port ${port} belongs to the proxy itself` : undefined;
}
