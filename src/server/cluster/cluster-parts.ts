import { hostname } from 'node:os';
import { createLog } from '../../kit/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import type { LeaseTiming } from '../../kube/lease.ts';
import type { ControlPlane } from '../control-plane.ts';
import type { Part } from '../lifecycle.ts';
import { REVOCATIONS } from '../roots/root-config-map.ts';
import { type PublishedText, publishRoots, type Roots, toPublishedRoots } from '../roots/root-publisher.ts';
import { writeStatuses } from '../status/status-writer.ts';
import { listVerdicts } from '../status/verdicts.ts';
import { keepInjectionWebhooks, keepValidationWebhooks } from '../webhooks/webhooks.ts';
import { type ClusterSettings, readClusterSettings } from './cluster-switches.ts';
import { DefaultRevision } from './default-revision.ts';
import { doAtOnce, type LeaderWork, type Running, standFor } from './leader-work.ts';

/** What a control plane writes to its cluster with. */
export interface ClusterPartsOptions {
  readonly client: KubeClient;
  readonly plane: ControlPlane;
  /** Absent where nothing is signed here: then no roots are published, and webhooks are somebody else's. */
  readonly signing: Signing | undefined;
  /** Name of the cluster, as origins of objects have it. */
  readonly clusterID: string;
  readonly namespace: string;
  readonly revision: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timing?: LeaseTiming;
}

/** What is published of the authority, and of the certificate of the webhooks' port. */
export interface Signing {
  readonly roots: Roots;
  /** Lists of revoked certificates; empty where there are none. */
  readonly revocations: Omit<PublishedText, 'map'>;
  /** Who signed what the webhooks' port presents. */
  readonly webhookRoots: Roots;
}

/** Objects within a second: a mesh of 10,000 objects is told in some minutes, the bad news at once. */
const STATUSES_PER_SECOND = 50;

const log = createLog('leader');

/**
 * All that a control plane writes to its cluster: statuses, roots, webhook configurations. What one has to do, one of the replicas does. Starts
 * when the world has been read; an API server that is away keeps nobody from starting.
 */
export function createClusterParts(options: ClusterPartsOptions): Part {
  const { client, namespace, revision, env, timing } = options;
  const settings = readClusterSettings(env);
  const defaultRevision = new DefaultRevision(client);
  const replica = {
    client,
    namespace,
    revision,
    // Without a Pod's name, two on one machine are two.
    identity: env.POD_NAME ?? `${hostname()}-${process.pid}`,
    defaultRevision: () => defaultRevision.name,
    ...(timing && { timing }),
  };
  let running: readonly Running[] = [];
  return {
    name: 'leader work',
    async start() {
      for (const problem of settings.problems) log.warn({ event: 'server.variable-invalid' }, problem);
      void defaultRevision.start();
      const elected = listLeaderWork(options, settings).map((work) =>
        settings.elects ? standFor(work, replica) : doAtOnce((over) => work.lead(over)),
      );
      running = [...elected, ...listOwnWork(options, settings).map(doAtOnce)];
    },
    async stop() {
      await Promise.all([...running.map((one) => one.stop()), defaultRevision.stop()]);
    },
  };
}

/** What one replica does for all. */
function listLeaderWork(options: ClusterPartsOptions, settings: ClusterSettings): readonly LeaderWork[] {
  const { client, plane, signing, clusterID, namespace, revision } = options;
  const status: LeaderWork = {
    lock: 'istio-status-leader',
    kept: 'Lease',
    isPerRevision: false,
    lead: (over) =>
      writeStatuses(
        {
          client,
          list: () => listVerdicts(plane, clusterID),
          watch: (tell) => plane.watchFates(tell),
          concurrency: settings.statusWorkers,
          perSecond: STATUSES_PER_SECOND,
        },
        over,
      ),
  };
  const written = settings.writesStatus ? [status] : [];
  if (signing === undefined) return written;
  const { webhookRoots: roots } = signing;
  const texts = [
    toPublishedRoots(signing.roots),
    ...(settings.publishesRevocations ? [{ map: REVOCATIONS, ...signing.revocations }] : []),
  ];
  const published: LeaderWork = {
    lock: 'istio-namespace-controller-election',
    kept: 'ConfigMap',
    isPerRevision: false,
    lead: (over) => publishRoots({ client, texts, scope: scopeOf(plane) }, over),
  };
  const validation: LeaderWork = {
    lock: 'istio-validation-controller-election',
    kept: 'Lease',
    isPerRevision: true,
    lead: (over) => keepValidationWebhooks({ client, roots, namespace, revision }, over),
  };
  return [...written, published, ...(settings.keepsValidation ? [validation] : [])];
}

/** What every replica does: a Pod must not wait for an election. */
function listOwnWork(
  { client, signing, namespace, revision }: ClusterPartsOptions,
  { keepsInjection }: ClusterSettings,
) {
  if (signing === undefined || !keepsInjection) return [];
  const { webhookRoots: roots } = signing;
  return [(over: AbortSignal) => keepInjectionWebhooks({ client, roots, namespace, revision }, over)];
}

function scopeOf({ world }: ControlPlane) {
  const selectors = () => world.snapshot.mesh.discoverySelectors;
  return {
    selectors,
    watch(tell: () => void) {
      let before = selectors();
      return world.watch(() => {
        if (selectors() === before) return;
        before = selectors();
        tell();
      });
    },
  };
}
