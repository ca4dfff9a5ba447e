import { type JsonObject, objectAt, textAt } from '../json.ts';
import { findWorkload, type Workload } from '../owner.ts';

/** Where an object has the pods that are made of it. */
interface PodPlace {
  readonly metadata: readonly string[];
  readonly spec: readonly string[];
}

const TEMPLATE: PodPlace = { metadata: ['spec', 'template', 'metadata'], spec: ['spec', 'template', 'spec'] };

/** Istio reads and writes what a CronJob says of its Jobs, not of their pods. */
const CRON_JOB: PodPlace = {
  metadata: ['spec', 'jobTemplate', 'metadata'],
  spec: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

const PLACES: Readonly<Record<string, PodPlace>> = {
  Pod: { metadata: ['metadata'], spec: ['spec'] },
  Deployment: TEMPLATE,
  DaemonSet: TEMPLATE,
  ReplicaSet: TEMPLATE,
  ReplicationController: TEMPLATE,
  StatefulSet: TEMPLATE,
  Job: TEMPLATE,
  DeploymentConfig: TEMPLATE,
  CronJob: CRON_JOB,
};

/** A pod, and what it is a copy of. */
export interface PlacedPod {
  readonly pod: JsonObject;
  readonly workload: Workload;
}

/** The pod that an object makes, or is; `undefined` for other kinds of objects. */
export function findPod(object: JsonObject): PlacedPod | undefined {
  const place = findPlace(object);
  if (place === undefined) return undefined;
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: objectAt(object, ...place.metadata),
    spec: objectAt(object, ...place.spec),
  };
  if (object.kind === 'Pod') return { pod: object, workload: findWorkload(object) };
  const workload = {
    apiVersion: textAt(object, 'apiVersion'),
    kind: textAt(object, 'kind'),
    name: textAt(object, 'metadata', 'name'),
    namespace: textAt(object, 'metadata', 'namespace'),
  };
  return { pod, workload };
}

/** The object with another pod in place of its own. */
export function replacePod(object: JsonObject, pod: JsonObject): JsonObject {
  const place = findPlace(object);
  if (place === undefined) return object;
  return put(put(object, place.metadata, objectAt(pod, 'metadata')), place.spec, objectAt(pod, 'spec'));
}

function findPlace({ kind }: JsonObject): PodPlace | undefined {
  return typeof kind === 'string' && Object.hasOwn(PLACES, kind) ? PLACES[kind] : undefined;
}

function put(object: JsonObject, [field, ...rest]: readonly string[], value: JsonObject): JsonObject {
  if (field === undefined) return value;
  return { ...object, [field]: put(objectAt(object, field), rest, value) };
}
