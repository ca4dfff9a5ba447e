import fc from 'fast-check';
import { stringify } from 'yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_CONTEXT } from '../../src/config/context.ts';
import { parseObject } from '../../src/config/parse-object.ts';
import { ConfigDocument } from '../../src/config/read/config-document.ts';
import { configureLogs } from '../../src/kit/log.ts';
import { type CompiledCase, compileCase } from '../support/golden/compiled-case.ts';
import type { AskingProxy } from '../support/golden/golden-case.ts';
import { type RandomMesh, randomMeshes, toFiles, toText } from '../support/random/mesh.ts';
import { mutate, MUTATIONS } from '../support/random/mutation.ts';

/** `RANDOM_MESHES=500` looks for longer. */
const RUNS = Number(process.env.RANDOM_MESHES ?? 25);

const PROXIES: readonly AskingProxy[] = [
  { sidecar: 'default/echo', ip: '10.1.0.1', agent: true },
  { sidecar: 'default/client', interception: 'NONE' },
  { router: 'default/gw', agent: true },
];

beforeAll(() => configureLogs({ write: () => undefined }));

describe('an object that went wrong', () => {
  it('changes nothing of what others compile to, and nothing throws', { timeout: 30_000 + RUNS * 4_000 }, async () => {
    const meshes = fc.tuple(randomMeshes(6), fc.nat(), fc.array(MUTATIONS, { minLength: 1, maxLength: 3 }));
    const property = fc.asyncProperty(meshes, async ([mesh, choice, mutations]) => {
      const victim = mesh.objects[choice % Math.max(1, mesh.objects.length)];
      if (victim === undefined) return;
      const broken = { 'zz-broken.yaml': stringify(mutations.reduce(mutate, victim)) };
      const others = { ...mesh, objects: mesh.objects.filter((object) => object !== victim) };
      const without = await compileAll(toFiles(others));
      const withBroken = await compileAll({ ...toFiles(others), ...broken });
      // What is right after all may well have an effect; it must only not throw.
      if (isRefused(broken['zz-broken.yaml'])) expect(withBroken, describeCase(others, broken)).toEqual(without);
    });
    await fc.assert(property, { numRuns: RUNS });
  });
});

async function compileAll(files: Readonly<Record<string, string>>): Promise<readonly CompiledCase['resources'][]> {
  const compiled = await Promise.all(PROXIES.map((proxy) => compileCase({ files, question: { proxy } })));
  return compiled.map(({ resources }) => resources);
}

function isRefused(text: string): boolean {
  return parseObject(new ConfigDocument('zz-broken.yaml', 1, text), DEFAULT_CONTEXT).object === undefined;
}

function describeCase(others: RandomMesh, broken: Readonly<Record<string, string>>): string {
  return `${toText(others)}---\n${Object.values(broken).join('---\n')}`;
}
