import { createNamespace, type NetworkNamespace } from './namespace.ts';

/** The node itself, as pods see it: gateway, and where the control plane listens. */
export const NODE_IP = '10.244.0.1';
/** From which the API server gives services their addresses. */
const SERVICE_RANGE = '10.96.0.0/12';

/** A pod's own network, with one device and one address. */
export interface PodPlace {
  readonly namespace: NetworkNamespace;
  readonly ip: string;
  /** The node's end of the pod's device. */
  readonly device: string;
}

/**
 * The network of a node: a namespace that routes between those of its pods. Nothing leads out of it, and the machine's own network has no part in
 * it: what is outside is reached by Unix sockets.
 */
export class PodNetwork implements AsyncDisposable {
  readonly outer: NetworkNamespace;
  readonly #places: NetworkNamespace[] = [];
  #next = 2;

  private constructor(outer: NetworkNamespace) {
    this.outer = outer;
  }

  static async create(): Promise<PodNetwork> {
    const outer = await createNamespace();
    // Addresses of services are nowhere: the route only lets packets be made, whose destination is then another.
    const services = `ip route add ${SERVICE_RANGE} dev lo src ${NODE_IP}`;
    await outer.run('sh', '-ec', `ip addr add ${NODE_IP}/32 dev lo; sysctl -qw net.ipv4.ip_forward=1; ${services}`);
    return new PodNetwork(outer);
  }

  /** A namespace with the next address. */
  async addPod(): Promise<PodPlace> {
    const number = this.#next++;
    const namespace = await createNamespace();
    this.#places.push(namespace);
    const ip = `10.244.0.${number}`;
    const device = `veth${number}`;
    // Every pod is a network of one: all packets pass the node, where services are resolved, as they do with most network plugins.
    await this.outer.run(
      'sh',
      '-ec',
      `ip link add ${device} type veth peer name eth0 netns ${namespace.name}
       ip link set ${device} up
       ip route add ${ip}/32 dev ${device} src ${NODE_IP}`,
    );
    await namespace.run(
      'sh',
      '-ec',
      `ip addr add ${ip}/32 dev eth0
       ip link set eth0 up
       ip route add ${NODE_IP}/32 dev eth0
       ip route add default via ${NODE_IP} dev eth0`,
    );
    return { namespace, ip, device };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const namespace of this.#places) await namespace[Symbol.asyncDispose]();
    await this.outer[Symbol.asyncDispose]();
  }
}
