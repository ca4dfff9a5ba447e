import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findClusterPrograms } from '../support/cluster/programs.ts';
import { Arena } from '../support/parity/arena.ts';
import { listParityCases } from '../support/parity/parity-case.ts';
import { findIstio } from '../support/parity/istio.ts';
import { listRandomCases } from '../support/parity/random-cases.ts';

/** `RANDOM_MESHES=500 RANDOM_SEED=7` looks for longer, or elsewhere. */
const RUNS = Number(process.env.RANDOM_MESHES ?? 40);
const SEED = Number(process.env.RANDOM_SEED ?? 3);
const CASES = [...listParityCases(), ...listRandomCases(RUNS, SEED)];

const istio = findIstio();
const programs = findClusterPrograms();
const obstacle = istio.found ? (programs.found ? undefined : programs.reason) : istio.reason;

describe('What a real istiod serves, we serve', () => {
  if (obstacle !== undefined || !istio.found) {
    it('needs a real istiod', (context) => context.skip(obstacle));
    return;
  }
  let arena: Arena | undefined;
  let count = 0;
  beforeAll(async () => {
    arena = await Arena.start(istio.istiod);
  });
  afterAll(async () => {
    await arena?.stop();
    process.stdout.write(`compared ${count} resources with istiod's\n`);
  });

  it.each(CASES.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    if (arena === undefined) throw new Error('the planes are there while tests run, not before');
    const verdicts = await arena.judge(one);
    count += verdicts.reduce((sum, verdict) => sum + verdict.count, 0);
    const different = verdicts.filter(({ differences }) => differences.length > 0);
    expect(different.map(({ proxy, differences }) => ({ proxy, differences }))).toEqual([]);
  });
});
