import type { KubeClient } from './client.ts';
import { isKubeFault, kubeFault } from './fault.ts';
import { isKubeObject, isRecord, type KubeObject } from './object.ts';
import { apiVersionOf, pathOf, type Resource } from './resource.ts';
import type { LeaseRecord, LeaseStore } from './lease-record.ts';

/** Which object the record lies in. */
export interface LeasePlace {
  readonly client: Pick<KubeClient, 'request'>;
  readonly namespace: string;
  readonly name: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** How a record is put into an object, and read out of it. */
interface Form {
  readonly resource: Resource;
  read(object: KubeObject): LeaseRecord | undefined;
  /** The object with the record in it; what others wrote into it stays. */
  write(record: LeaseRecord, object: KubeObject): KubeObject;
}

const HOLDER_KEY = 'leader.istio.io/holder-key';
const RECORD = 'control-plane.alpha.kubernetes.io/leader';

/**
 * Keeps the record in a Lease, as client-go and istiod do.
 * @see istio pilot/pkg/leaderelection/k8sleaderelection/k8sresourcelock/leaselock.go
 */
export function createLeaseStore(place: LeasePlace): LeaseStore {
  return createStore(place, {
    resource: {
      group: 'coordination.k8s.io',
      version: 'v1',
      plural: 'leases',
      kind: 'Lease',
      namespaced: true,
    },
    read: ({ spec, metadata }) =>
      isRecord(spec) ? toRecord(spec, 'leaseTransitions', metadata.annotations?.[HOLDER_KEY]) : undefined,
    write(record, object) {
      const { [HOLDER_KEY]: _, ...annotations } = object.metadata.annotations ?? {};
      const key = record.holderKey === '' ? {} : { [HOLDER_KEY]: record.holderKey };
      const spec = {
        ...(isRecord(object.spec) ? object.spec : {}),
        ...toFields(record, toMicroTime),
        leaseTransitions: record.transitions,
      };
      return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, ...key } }, spec };
    },
  });
}

/**
 * Keeps the record in an annotation of a ConfigMap, where istiod has those of its older locks: both then exclude each other.
 * @see istio pilot/pkg/leaderelection/k8sleaderelection/k8sresourcelock/configmaplock.go
 */
export function createConfigMapLeaseStore(place: LeasePlace): LeaseStore {
  return createStore(place, {
    resource: { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true },
    read({ metadata }) {
      const written = parseJson(metadata.annotations?.[RECORD] ?? '');
      return isRecord(written) ? toRecord(written, 'leaderTransitions', written.holderKey) : undefined;
    },
    write(record, object) {
      const key = record.holderKey === '' ? {} : { holderKey: record.holderKey };
      const written = { ...toFields(record, toSeconds), leaderTransitions: record.transitions, ...key };
      const annotations = { ...object.metadata.annotations, [RECORD]: JSON.stringify(written) };
      return { ...object, metadata: { ...object.metadata, annotations } };
    },
  });
}

function createStore({ client, namespace, name }: LeasePlace, { resource, read, write }: Form): LeaseStore {
  const collection = pathOf(resource, { namespace });
  const path = pathOf(resource, { namespace, name });
  // A write names the object as it was read, whose version the server compares.
  const objects = new Map<string, KubeObject>();
  const remember = (object: unknown) => {
    if (!isKubeObject(object))
      throw kubeFault(0, '', `${path}: the API server answered with something other than an object`);
    const version = object.metadata.resourceVersion ?? '';
    objects.clear();
    objects.set(version, object);
    const record = read(object);
    return { record: record ?? NOBODY, version };
  };
  return {
    name: `${resource.plural}/${namespace}/${name}`,
    async read(signal) {
      try {
        return remember(await client.request({ method: 'GET', path, signal }));
      } catch (error) {
        if (isKubeFault(error, 404)) return undefined;
        throw error;
      }
    },
    async write(record, before, signal) {
      const known = before && objects.get(before.version);
      if (before !== undefined && known === undefined) return undefined;
      const frame = { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: { name, namespace } };
      const body = write(record, known ?? frame);
      const to = known ? ({ method: 'PUT', path } as const) : ({ method: 'POST', path: collection } as const);
      try {
        return remember(await client.request({ ...to, body, signal }));
      } catch (error) {
        // Gone, there already, or another version: somebody was faster.
        if (isKubeFault(error, 409) || (known && isKubeFault(error, 404))) return undefined;
        throw error;
      }
    },
  };
}

/** An object that holds no record, or one that cannot be read: nobody leads by it. */
const NOBODY: LeaseRecord = {
  holder: '',
  holderKey: '',
  durationMs: 0,
  acquiredMs: 0,
  renewedMs: 0,
  transitions: 0,
};

function toRecord(written: Fields, transitions: string, holderKey: unknown): LeaseRecord {
  return {
    holder: typeof written.holderIdentity === 'string' ? written.holderIdentity : '',
    holderKey: typeof holderKey === 'string' ? holderKey : '',
    durationMs: toNumber(written.leaseDurationSeconds) * 1000,
    acquiredMs: toTimeMs(written.acquireTime),
    renewedMs: toTimeMs(written.renewTime),
    transitions: toNumber(written[transitions]),
  };
}

function toFields(record: LeaseRecord, toTime: (ms: number) => string): Fields {
  return {
    holderIdentity: record.holder,
    // The server takes whole seconds, and none below one.
    leaseDurationSeconds: Math.max(1, Math.ceil(record.durationMs / 1000)),
    acquireTime: toTime(record.acquiredMs),
    renewTime: toTime(record.renewedMs),
  };
}

function toNumber(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value : 0;
}

function toTimeMs(value: unknown): number {
  return (typeof value === 'string' && Date.parse(value)) || 0;
}

/** Kubernetes' MicroTime wants six digits. */
function toMicroTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

/** Kubernetes' Time has no fractions. */
function toSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
