import { isDeepStrictEqual } from 'node:util';
import type { KubeService } from '../../model/kubernetes.ts';
import type { NetworkGateway } from '../../model/network-gateway.ts';
import { compareText, type ObjectKey } from '../../model/object.ts';

const NETWORK = 'topology.istio.io/network';
const GATEWAY_PORT = 'networking.istio.io/gatewayPort';

/** Where gateways between networks take mTLS, unless their service says otherwise. */
const MTLS_PORT = 15443;

/**
 * The ways into a network that a Service is: one that carries the network's label, for each of its addresses outside of the cluster. A port that
 * is only usual must be one of its own.
 * @see istio pilot/pkg/serviceregistry/kube/controller/network.go `extractGatewaysInner`
 */
export function listNetworkGateways(service: KubeService, cluster: string): readonly NetworkGateway[] {
  const { meta, ports, externalAddresses = [] } = service;
  const network = meta.labels[NETWORK] ?? '';
  const said = Number(meta.labels[GATEWAY_PORT] || Number.NaN);
  const port = Number.isInteger(said) ? said : ports.find((one) => one.port === MTLS_PORT)?.port;
  if (network === '' || port === undefined) return [];
  return externalAddresses.map((address) => ({ address, port, network, cluster }));
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
  return compareText(a.address, b.address) || a.port - b.port || compareText(a.network, b.network);
}
