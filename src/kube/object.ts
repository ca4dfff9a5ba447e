/** What every object of an API server carries. */
export interface KubeMeta {
  readonly name: string;
  /** Absent on objects of the cluster. */
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  /** RFC 3339. */
  readonly creationTimestamp?: string;
  /** RFC 3339; present while the object is being deleted. */
  readonly deletionTimestamp?: string;
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** An object as an API server sends and takes it: its frame is known, the rest is for whoever knows its kind. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: KubeMeta;
  readonly [field: string]: unknown;
}

/** One page of a list. */
export interface KubeList {
  /** The version of the whole list; the same on all of its pages. */
  readonly resourceVersion: string;
  /** Carry neither `apiVersion` nor `kind`. */
  readonly items: readonly KubeObject[];
}

/** The part of an answer that says why a request was refused. */
export interface KubeStatus {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  /** How long to leave the server alone, in seconds. */
  readonly retryAfterSeconds?: number;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** API servers hold every object to the shape of `metadata`: a name is enough to know one by. */
export function isKubeObject(value: unknown): value is KubeObject {
  return isRecord(value) && isRecord(value.metadata) && typeof value.metadata.name === 'string';
}

/** What a body of kind `Status` says; `undefined` when it is none. */
export function readStatus(body: unknown): KubeStatus | undefined {
  if (!isRecord(body) || body.kind !== 'Status') return undefined;
  const { code, reason, message, details } = body;
  const seconds = isRecord(details) ? details.retryAfterSeconds : undefined;
  return {
    code: typeof code === 'number' ? code : 0,
    reason: typeof reason === 'string' ? reason : '',
    message: typeof message === 'string' ? message : '',
    ...(typeof seconds === 'number' && { retryAfterSeconds: seconds }),
  };
}
