import { compareText } from '../../model/object.ts';
import type { Endpoint } from '../../model/endpoint.ts';
import { findWeightScale, isDialable, listGatewaysTo, type NetworkGateway } from '../../model/network-gateway.ts';
import { uint32Of } from '../wire.ts';
import { compileLbEndpoint } from './lb-endpoint.ts';
import { type GroupMember, type LocalityGroup, sumWeights } from './locality-group.ts';
import type { Perspective } from './perspective.ts';

const MAX_WEIGHT = 0xffff_ffff;

/**
 * Puts, in place of hosts that a client cannot reach, the gateways of their networks, which carry their weight.
 *
 * What is behind a gateway is found by SNI, so hosts there that mTLS is not used to are left out. With no gateway anywhere there is one network,
 * and nothing changes.
 * @see istio pilot/pkg/xds/endpoints/ep_filters.go `EndpointsByNetworkFilter`
 */
export function splitHorizon(
  groups: readonly LocalityGroup[],
  gateways: readonly NetworkGateway[],
  perspective: Perspective,
): readonly LocalityGroup[] {
  if (gateways.length === 0) return groups;
  const scale = findWeightScale(gateways);
  return groups
    .map((group) => {
      const members = listReachable(group.members, gateways, perspective, scale);
      return { ...group, members, weight: sumWeights(members) };
    })
    .filter((group) => group.members.length > 0);
}

function listReachable(
  members: readonly GroupMember[],
  gateways: readonly NetworkGateway[],
  { network = '', ipMode = 'ipv4' }: Perspective,
  scale: number,
): readonly GroupMember[] {
  const direct: GroupMember[] = [];
  const weights = new Map<NetworkGateway, number>();
  for (const member of members) {
    const weight = Math.min(Math.max(1, member.endpoint.weight) * scale, MAX_WEIGHT);
    const way = findWay(member.endpoint, network, gateways);
    if (way.length === 0) {
      direct.push({ ...member, message: { ...member.message, load_balancing_weight: uint32Of(weight) } });
    } else if (isMtlsUsed(member)) {
      const dialable = way.filter((gateway) => isDialable(gateway, ipMode));
      for (const gateway of dialable) {
        weights.set(gateway, (weights.get(gateway) ?? 0) + Math.floor(weight / dialable.length));
      }
    }
  }
  return [...direct, ...[...weights].sort(([a], [b]) => compareGateways(a, b)).map(toMember)];
}

/** The gateways on the way to an endpoint; none when it is reached directly. */
function findWay(endpoint: Endpoint, network: string, gateways: readonly NetworkGateway[]): readonly NetworkGateway[] {
  // A client of no known network is outside of every network that has a gateway.
  const isNear = endpoint.network === '' || endpoint.network === network;
  return isNear ? [] : listGatewaysTo(endpoint, gateways);
}

function isMtlsUsed({ message }: GroupMember): boolean {
  return message.metadata?.filter_metadata?.['envoy.transport_socket_match'] !== undefined;
}

function compareGateways(a: NetworkGateway, b: NetworkGateway): number {
  return compareText(a.address, b.address) || a.port - b.port;
}

/** A gateway as a host. Of what is behind it only the cluster is known; nobody has seen whether it is healthy. */
function toMember([{ address, port, network, cluster }, weight]: readonly [NetworkGateway, number]): GroupMember {
  const endpoint: Endpoint = {
    address,
    port,
    network,
    cluster,
    additionalAddresses: [],
    servicePortName: '',
    servicePortNumber: 0,
    labels: {},
    health: 'unknown',
    weight: Math.max(1, Math.min(weight, MAX_WEIGHT)),
    locality: '',
    node: '',
    namespace: '',
    workloadName: '',
    canonicalName: '',
    canonicalRevision: '',
    identity: '',
    tlsMode: 'istio',
  };
  return { endpoint, message: compileLbEndpoint(endpoint, true) };
}
