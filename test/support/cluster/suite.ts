import { afterAll, beforeAll, describe, it, type TestAPI } from 'vitest';
import { type Cluster, type ClusterOptions, startCluster } from './cluster.ts';
import { findClusterPrograms } from './programs.ts';

/**
 * A suite on an API server of its own, started before the first test and gone after the last. Where none was built it is
 * one skipped test that says why.
 */
export function describeWithCluster(
  name: string,
  suite: (cluster: () => Cluster, it: TestAPI) => void,
  options: ClusterOptions = {},
): void {
  const search = findClusterPrograms();
  describe(name, () => {
    if (!search.found) {
      it('needs a Kubernetes API server', (context) => context.skip(search.reason));
      return;
    }
    let running: Cluster | undefined;
    beforeAll(async () => {
      running = await startCluster(options);
    });
    afterAll(() => running?.stop());
    suite(() => {
      if (running === undefined) throw new Error('the API server is there while tests run, not before');
      return running;
    }, it);
  });
}
