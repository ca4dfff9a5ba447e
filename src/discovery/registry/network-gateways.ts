import { isDeepStrictEqual } from 'node:util';
import type { KubeService, Node } from '../../model/kubernetes.ts';
import type { NetworkGateway } from '../../model/network-gateway.ts';
import { compareText, isSelectedBy, type Labels, type ObjectKey } from '../../model/object.ts';
import type { ClusterContext } from './context.ts';

const NETWORK = 'topology.istio.io/network';
const GATEWAY_PORT = 'networking.istio.io/gatewayPort';
const NODE_SELECTOR = 'traffic.istio.io/nodeSelector';

/** Where gateways between networks take mTLS, unless their service says otherwise. */
const MTLS_PORT = 15443;

type Way = Pick<NetworkGateway, 'network' | 'port'>;

/**
 * The ways into a network that a Service is: one that carries the network's label, or that MeshNetworks names for a network of its cluster; for
 * each of its addresses outside of the cluster. A port that is only usual must be one of its own.
 *
 * @param nodes Of the cluster, for services whose gateway is reached through nodes.
 * @see istio pilot/pkg/serviceregistry/kube/controller/network.go `extractGatewaysInner`
 */
export function listNetworkGateways(
  service: KubeService,
  nodes: Iterable<Node>,
  context: ClusterContext,
): readonly NetworkGateway[] {
  const ways = listWays(service, context);
  if (ways.length === 0) return [];
  const selector = findNodeSelector(service);
  const addresses = selector ? listNodeAddresses(nodes, selector) : (service.externalAddresses ?? []);
  return addresses.flatMap((address) =>
    ways.map(({ network, port }) => {
      const nodePort = selector && service.ports.find((own) => own.port === port)?.nodePort;
      return { address, port: nodePort ?? port, network, cluster: context.cluster };
    }),
  );
}

/** Which nodes take the traffic of a gateway of type NodePort; `undefined` when it is reached another way. */
export function findNodeSelector({ type, meta }: KubeService): Labels | undefined {
  const text = meta.annotations[NODE_SELECTOR];
  if (type !== 'NodePort' || text === undefined) return undefined;
  try {
    const selector: unknown = JSON.parse(text);
    return isLabels(selector) ? selector : undefined;
  } catch {
    return undefined;
  }
}

function listWays({ meta, ports }: KubeService, context: ClusterContext): readonly Way[] {
  const network = meta.labels[NETWORK] ?? '';
  if (network === '') return listNamedWays(`${meta.name}.${meta.namespace}.svc.${context.domainSuffix}`, context);
  const said = Number(meta.labels[GATEWAY_PORT] || Number.NaN);
  const port = Number.isInteger(said) ? said : ports.find((one) => one.port === MTLS_PORT)?.port;
  return port === undefined ? [] : [{ network, port }];
}

/** A service's name means that of the clusters in the network, and no other's. */
function listNamedWays(hostname: string, { cluster, networks = [] }: ClusterContext): readonly Way[] {
  const own = networks.find(({ clusters }) => clusters.includes(cluster));
  const gateways = own?.gateways.filter(({ service }) => service === hostname) ?? [];
  return gateways.map(({ port }) => ({ network: own?.name ?? '', port }));
}

function listNodeAddresses(nodes: Iterable<Node>, selector: Labels): readonly string[] {
  return [...nodes].flatMap(({ meta, externalAddresses: [address] }) =>
    address !== undefined && isSelectedBy(meta.labels, selector) ? [address] : [],
  );
}

function isLabels(value: unknown): value is Labels {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((label) => typeof label === 'string')
  );
}

/** The network gateways of all services, as a list that keeps its identity while its content is equal. */
export class NetworkGatewayTable {
  readonly #byService = new Map<ObjectKey, readonly NetworkGateway[]>();
  #list: readonly NetworkGateway[] = [];
  #isStale = false;

  /** By address, then port. */
  get list(): readonly NetworkGateway[] {
    if (!this.#isStale) return this.#list;
    this.#isStale = false;
    const sorted = [...this.#byService.values()].flat().sort(compareGateways);
    if (!isDeepStrictEqual(sorted, this.#list)) this.#list = sorted;
    return this.#list;
  }

  /** Replaces what a Service contributes. */
  put(key: ObjectKey, gateways: readonly NetworkGateway[]): void {
    const isKnown = this.#byService.has(key);
    if (gateways.length > 0) this.#byService.set(key, gateways);
    else this.#byService.delete(key);
    this.#isStale ||= isKnown || gateways.length > 0;
  }
}

function compareGateways(a: NetworkGateway, b: NetworkGateway): number {
  return (
    compareText(a.address, b.address) ||
    a.port - b.port ||
    compareText(a.network, b.network) ||
    compareText(a.cluster, b.cluster)
  );
}
