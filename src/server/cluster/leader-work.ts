import { createLog } from '../../kit/log.ts';
import type { KubeClient } from '../../kube/client.ts';
import { LeaderElection, type LeaseTiming } from '../../kube/lease.ts';
import { createConfigMapLeaseStore, createLeaseStore } from '../../kube/lease-store.ts';

/** Work that one of several replicas does. */
export interface LeaderWork {
  /** Of the lock: istiod's name for it, so that both exclude each other. */
  readonly lock: string;
  /** In what istiod keeps this lock. */
  readonly kept: 'Lease' | 'ConfigMap';
  /** Whether there is a leader for each revision, and not one for all of them. */
  readonly isPerRevision: boolean;
  lead(over: AbortSignal): Promise<void>;
}

/** Who this replica is. */
export interface Replica {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly revision: string;
  /** The Pod's name: the same after its container was started anew. */
  readonly identity: string;
  /** The default revision, as far as it is known. */
  defaultRevision(): string;
  readonly timing?: LeaseTiming;
}

/** Something that runs until it is stopped. */
export interface Running {
  stop(): Promise<void>;
}

const log = createLog('leader');

/** Stands for election for some work. */
export function standFor(work: LeaderWork, replica: Replica): Running {
  const { client, namespace, revision, identity, defaultRevision, timing } = replica;
  const place = { client, namespace, name: work.isPerRevision ? `${work.lock}-${revision}` : work.lock };
  const election = new LeaderElection({
    store: work.kept === 'Lease' ? createLeaseStore(place) : createConfigMapLeaseStore(place),
    candidate: {
      identity,
      key: work.isPerRevision ? '' : revision,
      outranks: (key) => !work.isPerRevision && defaultRevision() === revision && key !== revision,
    },
    lead: (over) => work.lead(over),
    log,
    ...(timing && { timing }),
  });
  election.start();
  return election;
}

/** Does the work without asking others. */
export function doAtOnce(lead: (over: AbortSignal) => Promise<void>): Running {
  const over = new AbortController();
  const done = lead(over.signal).catch((err: unknown) => {
    if (!over.signal.aborted) log.error({ event: 'leader.defect', err }, 'work on the API server ended');
  });
  return {
    async stop() {
      over.abort();
      await done;
    },
  };
}
