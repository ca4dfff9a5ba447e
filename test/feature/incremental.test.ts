import fc from 'fast-check';
import { stringify } from 'yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CONTEXT } from '../../src/config/context.ts';
import { parseObject } from '../../src/config/parse-object.ts';
import { readDocuments } from '../../src/config/read/read-documents.ts';
import { MemorySource } from '../../src/discovery/memory/memory-source.ts';
import { World } from '../../src/discovery/world/world.ts';
import { configureLogs } from '../../src/kit/log.ts';
import { ConnectedProxies } from '../../src/server/proxy/connected-proxies.ts';
import { MeshViews } from '../../src/server/views/mesh-views.ts';
import type { ProxyHandle } from '../../src/xds/view-source.ts';
import { toConnectionRequest } from '../support/golden/asking-proxy.ts';
import type { AskingProxy } from '../support/golden/golden-case.ts';
import { RESOURCE_TYPES, typeUrlOf } from '../support/proxy/resource-type.ts';
import { CROWD, CROWD_GATEWAYS, crowdFile, crowdSteps, crowdText } from '../support/random/crowd.ts';
import { randomMeshes, toFiles } from '../support/random/mesh.ts';
import { until } from '../support/until.ts';

/** `RANDOM_MESHES=500` looks for longer. */
const RUNS = Number(process.env.RANDOM_MESHES ?? 12);
const OBJECTS = 8;

const PROXIES: readonly AskingProxy[] = [
  { sidecar: 'default/echo', ip: '10.1.0.1', agent: true },
  { sidecar: 'default/client', interception: 'NONE' },
  { sidecar: 'other/client' },
  { router: 'default/gw', agent: true },
];

type Files = Readonly<Record<string, string>>;

beforeAll(() => configureLogs({ write: () => undefined }));

describe('a control plane that saw many changes', () => {
  it('serves what one serves that never saw anything else', { timeout: 30_000 + RUNS * 4_000 }, async () => {
    const histories = fc.tuple(
      fc.array(
        randomMeshes(OBJECTS).map((mesh) => withTimes(toFiles(mesh))),
        { minLength: 2, maxLength: 3 },
      ),
      fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 10 }),
    );
    const property = fc.asyncProperty(histories, async ([meshes, steps]) => {
      const [first = {}] = meshes;
      const old = await start(first);
      const names = [...new Set(meshes.flatMap((files) => Object.keys(files)))].sort();
      let files = first;
      for (const [which, what] of steps) {
        const name = names[which % names.length] ?? '';
        files = await old.change(files, name, meshes[what % meshes.length]?.[name]);
        const fresh = await start(files);
        expect(old.read(), describeStep(files, name)).toEqual(fresh.read());
        await fresh.stop();
      }
      await old.stop();
    });
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
  });

  it('does so in a crowd', { timeout: 60_000 + RUNS * 6_000 }, async () => {
    const property = fc.asyncProperty(fc.nat(), crowdSteps, async (seed, steps) => {
      let files = crowdFiles(seed);
      const old = await start(files);
      for (const step of steps) {
        const name = crowdFile(step.slot);
        const text = crowdText(step);
        files = await old.change(files, name, text && withTimes({ [name]: text })[name]);
        const fresh = await start(files);
        expect(old.read(), JSON.stringify({ seed, steps })).toEqual(fresh.read());
        await fresh.stop();
      }
      await old.stop();
    });
    await fc.assert(property, { numRuns: Math.ceil(RUNS / 4), endOnFailure: true });
  });
});

function crowdFiles(seed: number): Files {
  const slots = Array.from({ length: CROWD }, (_, slot) => {
    const text = crowdText({ slot, form: Math.imul(slot + 1, seed + 7) & 3 });
    return text === undefined ? [] : [[crowdFile(slot), text] as const];
  });
  return withTimes(Object.fromEntries([...slots.flat(), ['gateways.yaml', CROWD_GATEWAYS] as const]));
}

interface Plane {
  /** Puts `text` in the place of a file, or takes the file away. @returns the files as they are now. */
  change(files: Files, name: string, text: string | undefined): Promise<Files>;
  /** Everything that the proxies are served, and what users are told. */
  read(): unknown;
  stop(): Promise<void>;
}

async function start(files: Files): Promise<Plane> {
  const source = new MemorySource();
  source.write(files);
  const world = new World({ sources: [source] });
  await world.start();
  const views = new MeshViews(world.snapshot);
  const connected = new ConnectedProxies({ views, listener: DEAF }, 'Kubernetes');
  const proxies = await Promise.all(PROXIES.map((proxy) => connected.connect(toConnectionRequest(proxy))));
  proxies.map(readResources);
  let marks = 0;
  return {
    async change(before, name, text) {
      const { [name]: known, ...others } = before;
      if (known === text || (text !== undefined && isRefused(name, text))) return before;
      if (text === undefined) source.remove(name);
      else source.write({ [name]: text });
      marks++;
      source.write({
        'mark.yaml': stringify({ ...MARK, metadata: { name: 'mark', labels: { marks: String(marks) } } }),
      });
      await until('the change', () => world.snapshot.namespaces.get('mark')?.marks === String(marks) || undefined);
      views.update(world.snapshot);
      return text === undefined ? others : { ...before, [name]: text };
    },
    read: () => {
      const resources = proxies.map(readResources);
      // What layers tell that nobody asks for any more is forgotten after two pictures.
      for (let i = 0; i < 3; i++) {
        views.update(world.snapshot);
        for (const proxy of proxies) proxy.view();
      }
      return {
        resources,
        notes: views
          .notes()
          .map((note) => JSON.stringify(note))
          .sort(),
        issues: views
          .issues()
          .map((issue) => JSON.stringify(issue))
          .sort(),
      };
    },
    stop: () => world.stop(),
  };
}

/** Of what is wrong the last good version stays in force, which a fresh control plane never saw. */
function isRefused(name: string, text: string): boolean {
  return readDocuments(text, name).some((document) => parseObject(document, DEFAULT_CONTEXT).object === undefined);
}

/** Objects without a time are as old as their first sight, which a fresh control plane has later. */
function withTimes(files: Files): Files {
  const time = "creationTimestamp: '2026-01-01T00:00:00Z'";
  const dated = (text: string) =>
    text.replace(/^metadata:\n/gm, `metadata:\n  ${time}\n`).replace(/^metadata: \{/gm, `metadata: { ${time}, `);
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, dated(text)]));
}

/** Follows each change: once it is in the picture, so is what came before it, whether or not that changed anything. */
const MARK = { apiVersion: 'v1', kind: 'Namespace' };

/** Bytes, versions and origins by type and name. */
function readResources(proxy: ProxyHandle): ReadonlyMap<string, unknown> {
  const { layers } = proxy.view();
  return new Map(
    RESOURCE_TYPES.flatMap((type) =>
      (layers.get(typeUrlOf(type)) ?? []).flatMap((set) =>
        set.all.resources.map(
          ({ name, version, bytes, ...rest }) =>
            [`${type} ${name}`, [version, bytes.toString('base64'), rest]] as const,
        ),
      ),
    ),
  );
}

function describeStep(files: Files, name: string): string {
  return `after ${name} of:\n${Object.values(files).join('---\n')}`;
}

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
