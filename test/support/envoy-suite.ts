import { describe, it, type TestAPI } from 'vitest';
import { type EnvoyProgram, findEnvoy } from './envoy.ts';

/** A suite that needs a real Envoy; where there is none it is one skipped test that says why. */
export function describeWithEnvoy(name: string, suite: (envoy: EnvoyProgram, it: TestAPI) => void): void {
  const search = findEnvoy();
  describe(name, () => {
    if (search.found) suite(search, it);
    else it('needs a real Envoy', (context) => context.skip(search.reason));
  });
}
