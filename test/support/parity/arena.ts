import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import type { AskingProxy } from '../golden/golden-case.ts';
import { whileRunning } from '../process.ts';
import { until } from '../until.ts';
import { askAll, type Served } from './ask.ts';
import { compareServed, countResources, type ResourceDifference } from './compare.ts';
import { toWireNode } from './node.ts';
import type { ParityCase } from './parity-case.ts';
import { type Plane, type PlaneOptions, startIstiod, startPilothouse } from './planes.ts';
import { Stage } from './stage.ts';

/** What came of one proxy's question. */
export interface Verdict {
  readonly proxy: string;
  /** Resources that istiod serves. */
  readonly count: number;
  readonly differences: readonly ResourceDifference[];
  readonly istiod: Served;
  readonly pilothouse: Served;
}

/** Only this namespace sees the host that tells how far a plane has come. */
const LOOKOUT: AskingProxy = { sidecar: 'parity-lookout/lookout', ip: '10.2.255.254', agent: true };
const ATTEMPTS = 4;
const REST_MS = 400;

/** One API server, and on it a real istiod and ours. */
export class Arena {
  readonly #cluster: Cluster;
  readonly #options: PlaneOptions;
  #istiod: Plane;
  readonly #pilothouse: Plane;
  readonly #client: ReturnType<Cluster['client']>;
  readonly #stage: Stage;
  #turn = 0;

  constructor(cluster: Cluster, options: PlaneOptions, planes: readonly [Plane, Plane]) {
    this.#cluster = cluster;
    this.#options = options;
    [this.#istiod, this.#pilothouse] = planes;
    this.#client = cluster.client();
    this.#stage = new Stage(this.#client);
  }

  /** @param istiod Path of `pilot-discovery`. */
  static async start(istiod: string): Promise<Arena> {
    const cluster = await startCluster();
    await cluster.installCrds();
    await cluster.kubectl('create', 'namespace', 'istio-system');
    const dir = await mkdtemp(path.join(tmpdir(), 'pilothouse-parity-'));
    const options = { kubeconfig: cluster.kubeconfig, dir, istiod };
    return new Arena(cluster, options, [await startIstiod(options), await startPilothouse(options)]);
  }

  /** Puts a case's objects in place of the last one's, and asks both as each of its proxies. */
  async judge({ name, proxies, objects }: ParityCase): Promise<readonly Verdict[]> {
    const host = `turn-${++this.#turn}.example`;
    await this.#stage.addNamespace('parity-lookout');
    await this.#stage.set([...objects, toMark(host)]);
    await awaitHost(this.#istiod, host);
    await awaitHost(this.#pilothouse, host);
    const verdicts = await this.#judgeProxies(name, proxies);
    if (verdicts.every(({ differences }) => differences.length === 0)) return verdicts;
    // What a real istiod serves depends on what it saw before, here and there: the last word has one that saw nothing else.
    await this.#renewIstiod();
    await awaitHost(this.#istiod, host);
    return await this.#judgeProxies(name, proxies);
  }

  async stop(): Promise<void> {
    this.#client.close();
    for (const { process } of [this.#istiod, this.#pilothouse]) await process.stop();
    await this.#cluster.stop();
    await rm(this.#options.dir, { recursive: true, force: true });
  }

  async #renewIstiod(): Promise<void> {
    await this.#istiod.process.stop();
    this.#istiod = await startIstiod(this.#options);
  }

  async #judgeProxies(name: string, proxies: ParityCase['proxies']): Promise<readonly Verdict[]> {
    const verdicts: Verdict[] = [];
    for (const proxy of proxies) verdicts.push(await this.#judgeProxy(name, proxy));
    return verdicts;
  }

  /** Differences count once they stay the same. */
  async #judgeProxy(name: string, proxy: AskingProxy): Promise<Verdict> {
    let last = await this.#ask(name, proxy);
    for (let attempt = 1; attempt < ATTEMPTS && last.differences.length > 0; attempt++) {
      await delay(REST_MS);
      const next = await this.#ask(name, proxy);
      if (isDeepStrictEqual(next.differences, last.differences)) return next;
      last = next;
    }
    return last;
  }

  async #ask(name: string, proxy: AskingProxy): Promise<Verdict> {
    const node = toWireNode(proxy);
    const istiod = await askAll(this.#istiod.port, node);
    const pilothouse = await askAll(this.#pilothouse.port, node);
    return {
      proxy: node.id ?? '',
      count: countResources(istiod),
      differences: compareServed(name, istiod, pilothouse),
      istiod,
      pilothouse,
    };
  }
}

async function awaitHost({ name, port, process }: Plane, host: string): Promise<void> {
  const seen = until(`${name} to see ${host}`, async () => {
    const { cds } = await askAll(port, toWireNode(LOOKOUT));
    return cds.has(`outbound|80||${host}`) || undefined;
  });
  await whileRunning(process, seen);
}

function toMark(host: string) {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'ServiceEntry',
    metadata: { name: 'turn', namespace: 'parity-lookout' },
    spec: {
      hosts: [host],
      exportTo: ['.'],
      location: 'MESH_EXTERNAL',
      resolution: 'DNS',
      ports: [{ name: 'http', number: 80, protocol: 'HTTP' }],
    },
  };
}
