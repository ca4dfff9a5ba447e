import { beforeAll, expect } from 'vitest';
import { configureLogs } from '../../src/kit/log.ts';
import { type Verdict, validate } from '../support/envoy.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { compileCase } from '../support/golden/compiled-case.ts';
import { type GoldenCase, readGoldenCase } from '../support/golden/golden-case.ts';
import { GOLDEN_ROOT, listGoldenCases } from '../support/golden/golden-cases.ts';
import { toStaticBootstrap } from '../support/golden/static-bootstrap.ts';

/** How many Envoys run at a time. */
const WIDTH = 2;

describeWithEnvoy('what goldens compile to, in full', (envoy, it) => {
  const verdicts = new Map<string, Verdict | Error>();
  const cases = listGoldenCases().map((name) => readGoldenCase(GOLDEN_ROOT, name));

  const judge = async (golden: GoldenCase) => validate(envoy, toStaticBootstrap(await compileCase(golden)));

  beforeAll(async () => {
    configureLogs({ write: () => undefined });
    const waiting = cases.filter(({ question }) => !question.proxy?.istio);
    const work = async () => {
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        verdicts.set(next.name, await judge(next).catch((err: unknown) => new Error(String(err))));
      }
    };
    await Promise.all(Array.from({ length: WIDTH }, work));
  });

  it.for(cases)('is taken by Envoy: $name', ({ name, question }, { skip }) => {
    if (question.proxy?.istio) skip('it has filters that stock Envoy was built without');
    expect(verdicts.get(name)).toMatchObject({ accepted: true, error: '' });
  });
});
