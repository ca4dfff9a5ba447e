import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, it, type TestAPI } from 'vitest';
import { type Cluster, startCluster } from '../cluster/cluster.ts';
import { findClusterPrograms } from '../cluster/programs.ts';
import { findEnvoy } from '../envoy.ts';
import { PILOTHOUSE } from './control-plane.ts';
import { findNamespaceObstacle } from './namespace.ts';
import { type NodeOptions, TestNode } from './node.ts';
import { PROXY_UID } from './sample-pods.ts';

const START_MS = 180_000;

/** What a suite on a node has at hand while its tests run. */
export interface NodeSuite {
  readonly cluster: Cluster;
  readonly node: TestNode;
}

/**
 * A suite on a node of its own, with an API server and a control plane of its own. Where that cannot be, it is one skipped test that says why.
 *
 * @param suite Sets pods up in `beforeAll`, for they take seconds, and is given what runs only then
 */
export function describeWithNode(
  name: string,
  suite: (parts: () => NodeSuite, it: TestAPI) => void,
  options: NodeOptions | (() => NodeOptions) = {},
): void {
  describe(name, async () => {
    const obstacle = await findNodeObstacle();
    if (obstacle !== undefined) {
      it('needs a node of network namespaces', (context) => context.skip(obstacle));
      return;
    }
    let running: NodeSuite | undefined;
    beforeAll(async () => {
      const cluster = await startCluster();
      try {
        running = { cluster, node: await TestNode.start(cluster, typeof options === 'function' ? options() : options) };
      } catch (err) {
        await cluster.stop();
        throw err;
      }
    }, START_MS);
    afterAll(async () => {
      await running?.node.stop();
      await running?.cluster.stop();
    });
    afterEach(async ({ task }) => {
      if (task.result?.state === 'fail') process.stderr.write(`${await running?.node.describe()}\n`);
    });
    suite(() => {
      if (running === undefined) throw new Error('the node is there while tests run, not before');
      return running;
    }, it);
  });
}

/** Why there can be no node here, or undefined. */
async function findNodeObstacle(): Promise<string | undefined> {
  const programs = findClusterPrograms();
  if (!programs.found) return programs.reason;
  const envoy = findEnvoy();
  if (!envoy.found) return envoy.reason;
  if (envoy.command.length > 1) return 'pods run an Envoy of this machine, not one in a container image';
  const obstacle = await findNamespaceObstacle('setpriv', 'unshare', 'nsenter', 'iptables-restore');
  return obstacle ?? (await findReadObstacle([...PILOTHOUSE.slice(-1), PILOTHOUSE[0], envoy.command[0]]));
}

/** Proxies and applications run as users of their own, who must be able to read what they run. */
async function findReadObstacle(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const readable = await promisify(execFile)('setpriv', [
      ...[`--reuid=${PROXY_UID}`, `--regid=${PROXY_UID}`, '--clear-groups', '--', 'test', '-r', file],
    ]).then(
      () => true,
      () => false,
    );
    if (!readable) return `other users than root cannot read ${file}`;
  }
  return undefined;
}
