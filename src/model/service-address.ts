import type { IpMode } from './proxy.ts';
import { type Service, UNSPECIFIED_ADDRESS } from './service.ts';

/** What a proxy's kind says about the addresses by which it reaches services. */
export interface AddressViewer {
  readonly ipMode: IpMode;
  readonly dnsCapture: boolean;
  /** Whether a proxy of both IP families calls services at addresses of both, rather than of the first (`ISTIO_DUAL_STACK`). */
  readonly dualStack: boolean;
}

/**
 * The addresses at which proxies of a kind reach a service, most usual first: its own, else the allocated ones when the proxy captures DNS.
 * Kubernetes' and allocated addresses are only those of the proxy's IP families; of both families without the dual-stack switch, those of the
 * service's first one. Addresses that a user wrote are left as written. Addresses may be CIDRs; empty when the service has none of its own.
 * @see istio pilot/pkg/model/service.go `GetAllAddressesForProxy`
 */
export function listServiceAddresses(service: Service, viewer: AddressViewer): readonly string[] {
  const own = service.addresses.filter((address) => address !== UNSPECIFIED_ADDRESS).map(withoutHostLength);
  if (own.length > 0 && service.registry === 'external') return own;
  const candidates = own.length === 0 && viewer.dnsCapture ? service.autoAddresses : own;
  const [first] = candidates;
  if (first === undefined || (viewer.ipMode === 'dual' && viewer.dualStack)) return candidates;
  const family = viewer.ipMode === 'dual' ? familyOf(first) : viewer.ipMode;
  return candidates.filter((address) => familyOf(address) === family);
}

function familyOf(address: string): IpMode {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** A range of one address is that address. */
function withoutHostLength(address: string): string {
  const [host = address, length] = address.split('/');
  return length === (host.includes(':') ? '128' : '32') ? host : address;
}
