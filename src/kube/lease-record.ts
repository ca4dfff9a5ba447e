/** Who leads, as it is written where everybody who would like to lead reads it. */
export interface LeaseRecord {
  /** Identity of the holder; empty when it was given back. */
  readonly holder: string;
  /** What sort of holder it is: Istio writes the revision here, so that others of it can be told apart. */
  readonly holderKey: string;
  /** How long the record counts after it was last renewed, in milliseconds. */
  readonly durationMs: number;
  /** By the holder's clock, milliseconds since 1970: for people. Nobody judges by it. */
  readonly acquiredMs: number;
  readonly renewedMs: number;
  /** How often the holder has changed. */
  readonly transitions: number;
}

/** A record, and which version of it. */
export interface StoredLease {
  readonly record: LeaseRecord;
  /** Changes with every write: a write names the version that it replaces. */
  readonly version: string;
}

/** Where one record lies. Both reject when the store cannot be reached; nobody knows then whether a write took place. */
export interface LeaseStore {
  /** For logs: `leases/istio-system/istio-status-leader`. */
  readonly name: string;
  read(signal: AbortSignal): Promise<StoredLease | undefined>;
  /** Replaces that version, or creates the record; `undefined` when somebody was faster. */
  write(record: LeaseRecord, before: StoredLease | undefined, signal: AbortSignal): Promise<StoredLease | undefined>;
}
