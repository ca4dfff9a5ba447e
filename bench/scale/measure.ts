import { setImmediate as nextTurn } from 'node:timers/promises';
import { MemorySource } from '../../src/discovery/memory/memory-source.ts';
import { World } from '../../src/discovery/world/world.ts';
import { ConnectedProxies } from '../../src/server/proxy/connected-proxies.ts';
import { MeshViews } from '../../src/server/views/mesh-views.ts';
import type { ProxyHandle } from '../../src/xds/view-source.ts';
import { RESOURCE_TYPES, typeUrlOf } from '../../test/support/proxy/resource-type.ts';
import { toConnectionRequest } from '../../test/support/golden/asking-proxy.ts';
import type { ScaleChange, ScaleMesh } from './meshes.ts';

/** CPU of this process for one step, in milliseconds. */
export interface Cost {
  /** Reading what changed, and making the next picture of the mesh. */
  readonly readMs: number;
  /** Compiling and encoding what the proxy is served now. */
  readonly compileMs: number;
}

/** What one mesh cost. */
export interface ScaleResult {
  readonly name: string;
  readonly resources: number;
  readonly initial: Cost;
  readonly changes: readonly { readonly name: string; readonly median: Cost; readonly changedResources: number }[];
}

const WARM_UP = 3;

/** Hears of nothing, and puts up with no defect. */
const DEAF = {
  onAck() {},
  onNack() {},
  onSent() {},
  onSettled() {},
  onClose() {},
  onDefect(_proxy: unknown, err: unknown) {
    throw err;
  },
};

/** Compiles a mesh for one proxy, then changes it `rounds` times in each way; no socket and no file is involved. */
export async function measureMesh(mesh: ScaleMesh, rounds: number): Promise<ScaleResult> {
  const source = new MemorySource();
  const world = new World({ sources: [source] });
  source.write(mesh.files);
  const reading = startMeter();
  await world.start();
  const readMs = reading();
  const views = new MeshViews(world.snapshot);
  const proxies = new ConnectedProxies({ views, listener: DEAF }, 'Kubernetes');
  const proxy = await proxies.connect(toConnectionRequest(mesh.proxy));
  const compiling = startMeter();
  const first = readResources(proxy);
  const initial = { readMs, compileMs: compiling() };
  const step = createStep({ source, world, views, proxy });
  const changes: ScaleResult['changes'][number][] = [];
  for (const change of mesh.changes) changes.push(await measureChange(change, step, rounds));
  await world.stop();
  return { name: mesh.name, resources: first.size, initial, changes };
}

interface Parts {
  readonly source: MemorySource;
  readonly world: World;
  readonly views: MeshViews;
  readonly proxy: ProxyHandle;
}

type Step = (change: ScaleChange, round: number) => Promise<Cost & { readonly changed: number }>;

function createStep({ source, world, views, proxy }: Parts): Step {
  return async (change, round) => {
    const before = readResources(proxy);
    const [file, text] = change.edit(round);
    const { snapshot } = world;
    const reading = startMeter();
    source.write({ [file]: text });
    while (world.snapshot === snapshot) await nextTurn();
    const readMs = reading();
    const compiling = startMeter();
    views.update(world.snapshot);
    proxy.view();
    const compileMs = compiling();
    const after = readResources(proxy);
    return { readMs, compileMs, changed: [...after].filter(([name, version]) => before.get(name) !== version).length };
  };
}

async function measureChange(change: ScaleChange, step: Step, rounds: number) {
  const costs: (Cost & { readonly changed: number })[] = [];
  for (let round = 1; round <= rounds + WARM_UP; round++) {
    const cost = await step(change, round);
    if (round > WARM_UP) costs.push(cost);
  }
  const median = {
    readMs: medianOf(costs.map(({ readMs }) => readMs)),
    compileMs: medianOf(costs.map(({ compileMs }) => compileMs)),
  };
  return { name: change.name, median, changedResources: medianOf(costs.map(({ changed }) => changed)) };
}

/** Versions by type and name: what the proxy is served. */
function readResources(proxy: ProxyHandle): ReadonlyMap<string, string> {
  const { layers } = proxy.view();
  return new Map(
    RESOURCE_TYPES.flatMap((type) =>
      (layers.get(typeUrlOf(type)) ?? [])
        .flatMap((set) => set.all.resources)
        .map(({ name, version }) => [`${type} ${name}`, version] as const),
    ),
  );
}

/** @returns what tells the CPU since it was started, of all threads, in milliseconds. */
function startMeter(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
