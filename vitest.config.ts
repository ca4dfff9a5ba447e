import { defineConfig } from 'vitest/config';

/** One project per layer of tests: `npx vitest run --project unit src/xds` runs one folder of one layer. */
const layer = (name: string, include: readonly string[], settings: object = {}) => ({
  test: { name, include: [...include], environment: 'node' as const, expect: { requireAssertions: true }, ...settings },
});

/** Real processes: minutes rather than seconds, and one file at a time, so that none steals the other's CPU. */
const realParts = { testTimeout: 120_000, hookTimeout: 180_000, fileParallelism: false };

export default defineConfig({
  test: {
    // A layer without tests yet is no failure.
    passWithNoTests: true,
    projects: [
      layer('unit', [
        'src/**/*.test.ts',
        'tools/**/*.test.ts',
        'bench/**/*.test.ts',
        'examples/**/*.test.ts',
        'test/support/**/*.test.ts',
      ]),
      layer('contract', ['test/contract/**/*.test.ts']),
      layer('golden', ['test/golden/**/*.test.ts']),
      // Files share one loaded control plane: loading it anew for each costs four times what the tests do.
      layer('feature', ['test/feature/**/*.test.ts'], { testTimeout: 20_000, isolate: false }),
      layer('architecture', ['test/architecture/**/*.test.ts']),
      layer('conformance', ['test/conformance/**/*.test.ts'], realParts),
      layer('node', ['test/node/**/*.test.ts'], realParts),
      layer('cluster', ['test/cluster/**/*.test.ts'], realParts),
      // Needs a real istiod, which ISTIO_BIN names the folder of: no part of CI without it.
      layer('parity', ['test/parity/**/*.test.ts'], realParts),
    ],
  },
});
