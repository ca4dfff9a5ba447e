import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  copyMesh,
  GATEWAY,
  type Layout,
  podOf,
  ROUTES_FILE,
  STEPS_DIR,
  WORKLOADS,
} from '../../examples/bookinfo/layout.ts';
import { Playground } from '../../examples/bookinfo/playground.ts';
import type { EnvoyProgram } from './envoy.ts';
import { ask, type HttpAnswer } from './http.ts';
import { until } from './until.ts';

/** Addresses beside those of the example, so that the tests do not disturb one that runs. */
const LAYOUT: Layout = {
  inbound: '127.0.12',
  outbound: '127.0.13',
  appPorts: 21_080,
  gatewayPort: 21_000,
  grpcPort: 21_010,
  httpPort: 21_011,
  monitoringPort: 21_014,
};

/** The example on a copy of its YAML, with questions that tests ask of it. */
export class Bookinfo {
  readonly playground: Playground;
  /** Everything that the control plane printed so far. */
  readonly controlPlaneLines: readonly string[];
  readonly #meshDir: string;

  private constructor(playground: Playground, meshDir: string, lines: readonly string[]) {
    this.playground = playground;
    this.controlPlaneLines = lines;
    this.#meshDir = meshDir;
  }

  /** Starts it from the sources, as they are. */
  static async start(envoy: EnvoyProgram): Promise<Bookinfo> {
    const meshDir = await mkdtemp(join(tmpdir(), 'pilothouse-mesh-'));
    await copyMesh(meshDir, LAYOUT);
    const lines: string[] = [];
    const playground = await Playground.start({
      envoy,
      meshDir,
      layout: LAYOUT,
      controlPlane: [process.execPath, fileURLToPath(new URL('../../src/server/main.ts', import.meta.url))],
      onControlPlaneLine: (line) => lines.push(line),
    });
    return new Bookinfo(playground, meshDir, lines);
  }

  async stop(): Promise<void> {
    await this.playground.stop();
    await rm(this.#meshDir, { recursive: true, force: true });
  }

  get meshDir(): string {
    return this.#meshDir;
  }

  /** Does what a person does: copies a file of `steps/` over the routes. */
  async apply(step: string): Promise<void> {
    await copyFile(join(STEPS_DIR, `${step}.yaml`), join(this.#meshDir, ROUTES_FILE));
  }

  /** Saves a file in the mesh. */
  async save(file: string, yaml: string): Promise<void> {
    await writeFile(join(this.#meshDir, file), yaml);
  }

  async remove(file: string): Promise<void> {
    await rm(join(this.#meshDir, file));
  }

  get(path: string, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return ask(`${this.playground.url}${path}`, { headers });
  }

  /** Who serves the reviews: how often each pod answered, in `count` requests through the gateway. */
  async countReviews(count: number, headers: Record<string, string> = {}): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (let i = 0; i < count; i++) {
      const { status, headers: answered } = await this.get('/api/v1/products/0/reviews', headers);
      const who = status === 200 ? String(answered['x-served-by']) : `status ${status}`;
      counts[who] = (counts[who] ?? 0) + 1;
    }
    return counts;
  }

  /** Waits until so many requests in a row, that none can be luck, are served by these pods and no others. */
  async untilServedBy(pods: readonly string[], headers: Record<string, string> = {}): Promise<void> {
    const wanted = [...pods].sort();
    await until(`reviews from ${wanted.join(', ')} alone`, async () => {
      const seen = Object.keys(await this.countReviews(40, headers)).sort();
      if (JSON.stringify(seen) === JSON.stringify(wanted)) return true;
      throw new Error(`they come from ${seen.join(', ')}`);
    });
  }

  /** Applies a step and waits until traffic is according to it. */
  async applyUntilServedBy(step: string, pods: readonly string[], headers: Record<string, string> = {}): Promise<void> {
    await this.apply(step);
    await this.untilServedBy(pods, headers);
  }

  /** How many requests an application has served, whoever sent them. */
  async countServed(pod: string): Promise<number> {
    const n = WORKLOADS.find((workload) => podOf(workload) === pod)?.n;
    if (n === undefined) throw new Error(`there is no ${pod}`);
    const { body } = await ask(`http://127.0.0.1:${LAYOUT.appPorts + n}/health`);
    return JSON.parse(body).requests;
  }

  /** Every Envoy's name. */
  get proxies(): string[] {
    return [...WORKLOADS.map(podOf), GATEWAY.app];
  }

  /** Counters of all Envoys together, by `proxy/counter`. */
  async stats(pattern: string): Promise<Record<string, number>> {
    const all = await Promise.all(
      this.proxies.map(async (proxy) => {
        const stats = await this.playground.envoy(proxy).admin.stats(pattern);
        return [...stats].map(([name, value]) => [`${proxy}/${name}`, value] as const);
      }),
    );
    return Object.fromEntries(all.flat());
  }

  /** The control plane's own metrics: the sum of all series of one name, 0 when there is none. */
  async metric(name: string): Promise<number> {
    const { body } = await ask(`http://127.0.0.1:${LAYOUT.monitoringPort}/metrics`);
    const series = body.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
    return series.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** Waits until every Envoy has a stream to the control plane. */
  async untilConnected(): Promise<void> {
    const wanted = this.proxies.length;
    await until('every proxy to be connected', async () =>
      (await this.metric('pilot_xds')) === wanted ? true : undefined,
    );
  }
}
