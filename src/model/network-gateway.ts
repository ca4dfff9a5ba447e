import { isIP } from 'node:net';
import type { IpMode } from './proxy.ts';

/** A way into a network for those outside of it: a gateway that passes mTLS on by SNI. */
export interface NetworkGateway {
  /** An IP. */
  readonly address: string;
  readonly port: number;
  readonly network: string;
  /** The cluster whose endpoints it leads to; empty for all of its network. */
  readonly cluster: string;
}

/**
 * The gateways that lead to an endpoint: those of its own cluster when there are such, else all of its network; none means that it is
 * reached directly. Only addresses that the client can dial count among them.
 * @see istio pilot/pkg/xds/endpoints/ep_filters.go `selectNetworkGateways`
 */
export function listGatewaysTo(
  { network, cluster }: { readonly network: string; readonly cluster: string },
  gateways: readonly NetworkGateway[],
): readonly NetworkGateway[] {
  const ofNetwork = gateways.filter((gateway) => gateway.network === network);
  const ofCluster = ofNetwork.filter((gateway) => gateway.cluster !== '' && gateway.cluster === cluster);
  return ofCluster.length > 0 ? ofCluster : ofNetwork;
}

/** Whether a client can dial a gateway. */
export function isDialable({ address, port }: NetworkGateway, ipMode: IpMode): boolean {
  const family = isIP(address);
  if (family === 0 || port === 0) return false;
  return ipMode === 'dual' || (family === 6) === (ipMode === 'ipv6');
}

/**
 * By how much all weights are multiplied so that any of them can be split evenly among the gateways of any network.
 * @see istio pilot/pkg/model/network.go `GetLBWeightScaleFactor`
 */
export function findWeightScale(gateways: readonly NetworkGateway[]): number {
  const byNetwork = Map.groupBy(gateways, ({ network }) => network);
  const byCluster = Map.groupBy(gateways, ({ network, cluster }) => `${network} ${cluster}`);
  return [...byNetwork.values(), ...byCluster.values()].reduce(
    (scale, { length }) => findCommonMultiple(scale, length),
    1,
  );
}

function findCommonMultiple(a: number, b: number): number {
  return (a / findCommonDivisor(a, b)) * b;
}

function findCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : findCommonDivisor(b, a % b);
}
