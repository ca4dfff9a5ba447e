import fc from 'fast-check';
import { beforeAll, expect } from 'vitest';
import { configureLogs } from '../../src/kit/log.ts';
import { type EnvoyProgram, validate } from '../support/envoy.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { compileCase } from '../support/golden/compiled-case.ts';
import type { AskingProxy } from '../support/golden/golden-case.ts';
import { toStaticBootstrap } from '../support/golden/static-bootstrap.ts';
import { type RandomMesh, randomMeshes, toFiles, toText } from '../support/random/mesh.ts';

/** `RANDOM_MESHES=500 RANDOM_SEED=7` looks for longer, or again where something was found. */
const RUNS = Number(process.env.RANDOM_MESHES ?? 25);
const SEED = process.env.RANDOM_SEED === undefined ? undefined : Number(process.env.RANDOM_SEED);

const PROXIES: Readonly<Record<string, AskingProxy>> = {
  'a sidecar with an agent': { sidecar: 'default/echo', ip: '10.1.0.1', agent: true, locality: 'region/zone/subzone' },
  'a bare sidecar that is called': { sidecar: 'default/client', interception: 'NONE' },
  'a gateway': { router: 'default/gw', agent: true },
};

describeWithEnvoy('random meshes', (envoy, it) => {
  beforeAll(() => configureLogs({ write: () => undefined }));

  it(`are taken by Envoy in full, ${RUNS} of them`, { timeout: 60_000 + RUNS * 10_000 }, async () => {
    const property = fc.asyncProperty(randomMeshes(12), async (mesh) => {
      const complaint = await findComplaint(envoy, mesh);
      if (complaint !== undefined) throw new Error(complaint);
    });
    const parameters = { numRuns: RUNS, ...(SEED !== undefined && { seed: SEED }) };
    const result = await fc.check(property, parameters);
    expect(result.failed ? describeFailure(result) : '').toBe('');
  });
});

/** What Envoy does not like about a mesh; `undefined` when it likes all of it. */
async function findComplaint(envoy: EnvoyProgram, mesh: RandomMesh): Promise<string | undefined> {
  const files = toFiles(mesh);
  for (const [name, proxy] of Object.entries(PROXIES)) {
    const compiled = await compileCase({ files, question: { proxy } });
    const { accepted, error } = await validate(envoy, toStaticBootstrap(compiled));
    if (!accepted) return `${name}: ${error}`;
  }
  return undefined;
}

function describeFailure({ counterexample, errorInstance, seed }: fc.RunDetails<[RandomMesh]>): string {
  const mesh = counterexample?.[0];
  return `${String(errorInstance)}\n\nRANDOM_SEED=${seed}\n\n${mesh ? toText(mesh) : ''}`;
}
