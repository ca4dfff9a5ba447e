/**
 * A node: pods of a real API server as processes in network namespaces, with the control plane beside them.
 *
 *     const node = await TestNode.start(cluster);
 *     const reviews = await node.run(sidecarPod({ name: 'reviews', namespace: 'shop', serves: ['http:8080'] }));
 *     await node.sync();                                    // endpoints, addresses and names of services
 *     const echo = await reviews.echo('http://ratings.shop:8080/');
 *
 * Nothing of it touches the network of the machine: the node is a namespace that leads nowhere, and meets the API server, which listens on the
 * machine's loopback, at a Unix socket.
 */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { findEnvoy } from '../envoy.ts';
import { relay } from '../live/relay.ts';
import type { Exit } from '../process.ts';
import { ControlPlaneProcess, PILOTHOUSE } from './control-plane.ts';
import { Hand } from './hand-client.ts';
import { NODE_IP, PodNetwork } from './pod-network.ts';
import type { PodObject } from './pod-object.ts';
import { PodRunner, type Programs } from './pod-runner.ts';
import type { RunningPod } from './running-pod.ts';
import { ServiceKeeper } from './service-keeper.ts';
import { runAfterUs } from './sweep.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');
const SYSTEM = 'istio-system';
const DNS_IP = '10.96.0.10';

export interface NodeOptions {
  /** Environment of the control plane. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another control plane, which may do everything in the cluster: the program up to its command. */
  readonly controlPlane?: readonly [string, ...string[]];
  /** More images and programs. */
  readonly programs?: Partial<Programs>;
  /** Fields of the mesh configuration. */
  readonly mesh?: object;
}

interface NodeParts {
  readonly cluster: Cluster;
  readonly dir: string;
  readonly network: PodNetwork;
  readonly outside: Hand;
  readonly controlPlane: ControlPlaneProcess;
  readonly runner: PodRunner;
  readonly keeper: ServiceKeeper;
  readonly relays: readonly Server[];
}

export class TestNode {
  readonly #parts: NodeParts;
  readonly #pods = new Set<RunningPod>();

  private constructor(parts: NodeParts) {
    this.#parts = parts;
  }

  /** Sets up a node, installs the control plane's objects into the cluster, and starts it. */
  static async start(cluster: Cluster, options: NodeOptions = {}): Promise<TestNode> {
    const dir = await mkdtemp(path.join(tmpdir(), 'pilothouse-node-'));
    runAfterUs('rm -rf "$1"', dir);
    // Proxies and applications are other users.
    await chmod(dir, 0o755);
    const network = await PodNetwork.create();
    const outside = new Hand({ network: network.outer.path });
    const relays = [await joinApiServer(cluster, outside, dir)];
    await install(cluster, options.mesh ?? {});
    const resolvConf = `nameserver ${DNS_IP}\n`;
    const controlPlane = await createControlPlane({ cluster, dir, network, outside }, options);
    const programs = toPrograms(options.programs);
    const addPlace = () => network.addPod();
    const runner = new PodRunner({ cluster, dir, resolvConf, programs, outer: outside, addPlace });
    const keeper = new ServiceKeeper(cluster, outside, network.outer.name);
    const node = new TestNode({ cluster, dir, network, outside, controlPlane, runner, keeper, relays });
    await node.sync();
    await controlPlane.start();
    return node;
  }

  get controlPlane(): ControlPlaneProcess {
    return this.#parts.controlPlane;
  }

  /** A client that is on the node and in no pod. */
  get outside(): Hand {
    return this.#parts.outside;
  }

  get network(): PodNetwork {
    return this.#parts.network;
  }

  /** Starts pods, and waits until they are ready and known as such. */
  async run(...pods: readonly PodObject[]): Promise<readonly RunningPod[]> {
    const running = await Promise.all(pods.map((pod) => this.start(pod)));
    await Promise.all(running.map((pod) => this.ready(pod)));
    await this.sync();
    return running;
  }

  /** Starts a pod, ready or not. */
  async start(pod: PodObject): Promise<RunningPod> {
    const running = await this.#parts.runner.start(pod);
    this.#pods.add(running);
    return running;
  }

  /** Waits until a pod is ready. @throws Error with the end of its logs when it is not */
  async ready(pod: RunningPod): Promise<void> {
    await this.#parts.runner.ready(pod).catch(async (cause: unknown) => {
      throw new Error(`${pod.name} did not become ready\n${await pod.describe()}`, { cause });
    });
  }

  /** Ends a pod as a rollout does. @returns how each of its containers ended */
  async retire(pod: RunningPod): Promise<readonly Exit[]> {
    const exits = await this.#parts.runner.retire(pod, () => this.sync());
    this.#pods.delete(pod);
    await this.sync();
    return exits;
  }

  /** Ends a pod at once. */
  async remove(pod: RunningPod): Promise<void> {
    this.#pods.delete(pod);
    await this.#parts.runner.remove(pod);
    await this.sync();
  }

  /** Brings endpoints, addresses and names of services up to date. */
  sync(): Promise<void> {
    return this.#parts.keeper.sync();
  }

  /** For people: the ends of all logs. */
  async describe(): Promise<string> {
    const { controlPlane } = this.#parts;
    const pods = await Promise.all([...this.#pods].map((pod) => pod.describe()));
    return ['--- control plane', ...controlPlane.tail(), ...pods.map((text) => `--- ${text}`)].join('\n');
  }

  async stop(): Promise<void> {
    const { controlPlane, outside, network, relays, dir } = this.#parts;
    await Promise.all([...this.#pods].map((pod) => pod.stop()));
    await controlPlane.stop();
    await outside.stop();
    for (const server of relays) server.close();
    await network[Symbol.asyncDispose]();
    await rm(dir, { recursive: true, force: true });
  }
}

/** The API server has the address on the node that it has on the machine: its certificate and kubeconfigs hold. */
async function joinApiServer(cluster: Cluster, outside: Hand, dir: string): Promise<Server> {
  const port = Number(new URL(cluster.url).port);
  const meeting = { path: path.join(dir, 'api.sock') };
  const server = await relay(meeting, { host: '127.0.0.1', port });
  await outside.tell({ do: 'relay', from: { host: '127.0.0.1', port }, to: meeting });
  return server;
}

/** Everything of deploy/ that is no process. Webhooks are called from the machine, where the control plane is not. */
async function install(cluster: Cluster, mesh: object): Promise<void> {
  const manifests = ['00-namespace', '10-service-accounts', '20-rbac', '40-service'];
  const files = manifests.flatMap((name) => ['-f', path.join(REPOSITORY, 'deploy/manifests', `${name}.yaml`)]);
  await cluster.installCrds();
  await cluster.kubectl('apply', ...files);
  const settings = { trustDomain: 'cluster.local', rootNamespace: SYSTEM, ...mesh };
  await cluster.apply([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'istio', namespace: SYSTEM },
      data: { mesh: JSON.stringify(settings), meshNetworks: 'networks: {}' },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace: 'kube-system' },
      spec: { clusterIP: DNS_IP, ports: [{ name: 'dns', port: 53, protocol: 'UDP' }] },
    },
  ]);
}

async function createControlPlane(
  { cluster, dir, network, outside }: Pick<NodeParts, 'cluster' | 'dir' | 'network' | 'outside'>,
  { env = {}, controlPlane }: NodeOptions,
): Promise<ControlPlaneProcess> {
  const kubeconfig = path.join(dir, 'istiod.kubeconfig');
  await writeFile(
    kubeconfig,
    controlPlane === undefined
      ? cluster.kubeconfigOf(await cluster.token(SYSTEM, 'istiod'))
      : cluster.kubeconfigOf(cluster.adminToken),
    { mode: 0o600 },
  );
  const resolvConf = path.join(dir, 'resolv.conf');
  await writeFile(resolvConf, `nameserver ${NODE_IP}\n`);
  return new ControlPlaneProcess({
    network: network.outer.path,
    resolvConf,
    kubeconfig,
    hand: outside,
    dir,
    ...(controlPlane && { program: controlPlane }),
    env: { PILOTHOUSE_CA_KEY: 'P-256', ...env },
  });
}

function toPrograms({ images = {}, programs = {} }: Partial<Programs> = {}): Programs {
  const envoy = findEnvoy();
  const echo = [process.execPath, '--no-warnings', path.join(import.meta.dirname, 'echo.ts')] as const;
  return {
    images: { proxy: ['pilothouse'], echo: ['echo'], ...images },
    programs: {
      pilothouse: PILOTHOUSE,
      'pilot-agent': PILOTHOUSE,
      echo,
      ...(envoy.found && { envoy: envoy.command }),
      ...programs,
    },
  };
}
