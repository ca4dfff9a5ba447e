import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import { type Exit, type RunningProcess, startProcess, whileRunning } from '../process.ts';
import { until } from '../until.ts';
import { toCommandIn } from './enter.ts';
import { Hand } from './hand-client.ts';
import { toEnvironment } from './pod-fields.ts';
import type { PodPlace } from './pod-network.ts';
import type { Container, PodObject, Probe } from './pod-object.ts';
import { RunningPod } from './running-pod.ts';
import { APPLICATION_UID } from './sample-pods.ts';
import { fillVolumes, mountVolumes } from './volumes.ts';

/** What stands for images and for the programs in them on this machine. */
export interface Programs {
  /** The entry point of an image, whose first word is a program. */
  readonly images: Readonly<Record<string, readonly [string, ...string[]]>>;
  /** The command line of a program; what is not here is run as it is called. */
  readonly programs: Readonly<Record<string, readonly [string, ...string[]]>>;
}

/** What a runner works with. */
export interface RunnerParts {
  readonly cluster: Cluster;
  /** Each pod has a folder in it. */
  readonly dir: string;
  readonly resolvConf: string;
  readonly programs: Programs;
  /** In the network of the node, from where probes come. */
  readonly outer: Hand;
  readonly addPlace: () => Promise<PodPlace>;
}

const START_MS = 60_000;
/** What a pod has between being told to end and being ended, by Kubernetes' default. */
const GRACE_MS = 30_000;

/** Where one pod lies while it runs. */
interface Home {
  readonly pod: PodObject;
  readonly place: PodPlace;
  readonly root: string;
  readonly logs: string;
  readonly volumes: string;
}

/** Does with a Pod what a kubelet does, with processes in a network namespace for containers. */
export class PodRunner {
  readonly #parts: RunnerParts;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  /** Writes the Pod to the API server, which may change it, and starts its containers. Its probes are not waited for. */
  async start(sketch: PodObject): Promise<RunningPod> {
    const place = await this.#parts.addPlace();
    const pod = await this.#create(sketch, place.ip);
    const home = await this.#furnish(pod, place);
    const entry = { network: place.namespace.path, resolvConf: home.resolvConf, uid: APPLICATION_UID };
    const start = (name: string) => this.#start(home, findContainer(pod, name));
    for (const container of pod.spec.initContainers ?? []) {
      if (container.restartPolicy !== 'Always') await this.#complete(home, container);
    }
    const lasting = [
      ...(pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always'),
      ...pod.spec.containers,
    ];
    const containers = new Map<string, RunningProcess>();
    for (const container of lasting) {
      const running = await this.#start(home, container);
      containers.set(container.name, running);
      await this.#settle(home, container, running);
    }
    return new RunningPod({ pod, place, hand: new Hand(entry), containers, volumes: home.volumes, start });
  }

  /** Resolves when every readiness probe of a pod has passed; then it is ready for the API server too. */
  async ready(running: RunningPod): Promise<void> {
    const { pod, probes } = { pod: running.object, probes: listProbes(running.object) };
    for (const { container, probe } of probes) {
      const passed = until(`${running.name}/${container} to be ready`, () => this.#probe(running.ip, probe), {
        timeoutMs: START_MS,
      });
      await whileRunning(running.container(container), passed);
    }
    await this.#writeStatus(pod, running.ip, 'True');
  }

  /** Takes a pod away as if its node was lost. */
  async remove(running: RunningPod): Promise<void> {
    await running.stop();
    await this.#delete(running, 0);
  }

  /** Takes a pod away as a kubelet does: it is told, and has its time to end. `told` is called when the API server knows. */
  async retire(running: RunningPod, told: () => Promise<void>): Promise<readonly Exit[]> {
    await this.#delete(running, GRACE_MS / 1000);
    const [exits] = await Promise.all([running.end(GRACE_MS), told()]);
    await this.remove(running);
    return exits;
  }

  async #delete({ object }: RunningPod, graceSeconds: number): Promise<void> {
    const { name, namespace } = object.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}?gracePeriodSeconds=${graceSeconds}`;
    await this.#parts.cluster.ask({ method: 'DELETE', path });
  }

  async #create(sketch: PodObject, ip: string): Promise<PodObject> {
    const { cluster } = this.#parts;
    const { namespace, name } = sketch.metadata;
    await cluster.token(namespace, sketch.spec.serviceAccountName ?? 'default');
    const body = { apiVersion: 'v1', kind: 'Pod', ...sketch, spec: { ...sketch.spec, nodeName: 'node' } };
    const answer = await cluster.ask({ method: 'POST', path: `/api/v1/namespaces/${namespace}/pods`, body });
    if (answer.status !== 201) throw new Error(`pod ${namespace}/${name}: ${answer.status} ${answer.body}`);
    return this.#writeStatus(JSON.parse(answer.body), ip, 'False');
  }

  async #writeStatus({ metadata }: PodObject, ip: string, ready: 'True' | 'False'): Promise<PodObject> {
    const status = {
      phase: 'Running',
      hostIP: '10.244.0.1',
      podIP: ip,
      podIPs: [{ ip }],
      conditions: ['Ready', 'ContainersReady'].map((type) => ({ type, status: ready })),
    };
    const answer = await this.#parts.cluster.ask({
      method: 'PATCH',
      path: `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/status`,
      body: { status },
      contentType: 'application/merge-patch+json',
    });
    if (answer.status !== 200) throw new Error(`status of ${metadata.name}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body);
  }

  async #furnish(pod: PodObject, place: PodPlace): Promise<Home & { readonly resolvConf: string }> {
    const dir = path.join(this.#parts.dir, `${pod.metadata.namespace}-${pod.metadata.name}`);
    const home = {
      pod,
      place,
      root: path.join(dir, 'root'),
      logs: path.join(dir, 'logs'),
      volumes: path.join(dir, 'volumes'),
    };
    for (const folder of [home.root, home.logs, home.volumes]) await mkdir(folder, { recursive: true });
    await fillVolumes(this.#parts.cluster, pod, home.volumes);
    await mountVolumes(pod, home);
    const resolvConf = path.join(dir, 'resolv.conf');
    const suffixes = [`${pod.metadata.namespace}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local'];
    const nameserver = /^nameserver .*$/m.exec(this.#parts.resolvConf)?.[0];
    await writeFile(resolvConf, `${nameserver}\nsearch ${suffixes.join(' ')}\noptions ndots:5\n`);
    return { ...home, resolvConf };
  }

  #start(
    home: Home,
    container: Container,
    command = toCommand(this.#parts.programs, container),
  ): Promise<RunningProcess> {
    const { pod, place, root, logs } = home;
    const { runAsUser: uid = 0, runAsGroup: gid = uid } = { ...pod.spec.securityContext, ...container.securityContext };
    const env = toEnvironment(pod, container);
    const expand = (text: string) => text.replace(/\$\(([A-Za-z_]\w*)\)/g, (whole, name: string) => env[name] ?? whole);
    const [program, ...args] = command;
    return startProcess({
      name: `${pod.metadata.name}/${container.name}`,
      command: toCommandIn(
        { network: place.namespace.path, resolvConf: path.join(path.dirname(root), 'resolv.conf'), uid, gid },
        [program, ...args.map(expand)],
      ),
      cwd: root,
      env,
      logPath: path.join(logs, container.name),
    });
  }

  async #complete(home: Home, container: Container): Promise<void> {
    const running = await this.#start(home, container);
    const { code } = await running.exited;
    if (code === 0) return;
    throw new Error(`${running.name} ended with ${code}: ${running.tail().join('\n')}`);
  }

  /** What has to hold of a container before the next one may start. */
  async #settle(home: Home, container: Container, running: RunningProcess): Promise<void> {
    const { startupProbe, restartPolicy, lifecycle } = container;
    const after = lifecycle?.postStart?.exec?.command;
    const [program, ...args] = after ?? [];
    if (program !== undefined) {
      const hook = await this.#start(home, container, resolve(this.#parts.programs, [program, ...args]));
      await whileRunning(running, hook.exited);
    }
    if (restartPolicy !== 'Always' || startupProbe === undefined) return;
    const started = until(`${running.name} to start`, () => this.#probe(home.place.ip, startupProbe), {
      timeoutMs: START_MS,
    });
    await whileRunning(running, started);
  }

  async #probe(ip: string, { httpGet }: Probe): Promise<true | undefined> {
    if (httpGet === undefined) return true;
    const { status } = await this.#parts.outer.ask(`http://${ip}:${httpGet.port}${httpGet.path ?? '/'}`);
    return status >= 200 && status < 400 ? true : undefined;
  }
}

function listProbes({ spec }: PodObject): readonly { readonly container: string; readonly probe: Probe }[] {
  return [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ name, readinessProbe }) =>
    readinessProbe === undefined ? [] : [{ container: name, probe: readinessProbe }],
  );
}

function findContainer({ spec }: PodObject, name: string): Container {
  const found = [...(spec.initContainers ?? []), ...spec.containers].find((container) => container.name === name);
  if (found === undefined) throw new Error(`there is no container ${name}`);
  return found;
}

/** As a container runtime: the command, or the image's entry point; then the arguments. */
function toCommand(
  { images, programs }: Programs,
  { image, command, args = [] }: Container,
): readonly [string, ...string[]] {
  const [program, ...rest] = command ?? images[image] ?? [];
  if (program === undefined) throw new Error(`this node has no image ${image}`);
  return resolve({ images, programs }, [program, ...rest, ...args]);
}

function resolve(
  { programs }: Programs,
  [program, ...args]: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  const [first, ...more] = programs[program] ?? [program];
  return [first, ...more, ...args];
}
