import type { Labels, Meta } from './object.ts';
import type { Protocol } from './protocol.ts';
import type { WorkloadSpec } from './workload-entry.ts';

/** A port that a ServiceEntry gives to its hosts. */
export interface ServiceEntryPort {
  /** Unique within the ServiceEntry. */
  readonly name: string;
  readonly number: number;
  readonly protocol: Protocol;
  /** Where endpoints listen when they do not say it themselves. */
  readonly targetPort?: number;
}

/**
 * One ServiceEntry: hosts that join the mesh's registry, and where they are found.
 * @see istio networking/v1alpha3/service_entry.proto
 */
export interface ServiceEntry {
  readonly meta: Meta;
  readonly hosts: readonly [string, ...string[]];
  /** IPs and CIDRs, `/32` and `/128` written as IPs. */
  readonly addresses: readonly string[];
  readonly ports: readonly ServiceEntryPort[];
  readonly location: 'mesh-external' | 'mesh-internal';
  readonly resolution: 'none' | 'static' | 'dns' | 'dns-round-robin' | 'dynamic-dns';
  readonly endpoints: readonly WorkloadSpec[];
  /** Excludes `endpoints`; picks WorkloadEntries and Pods of its own namespace. */
  readonly workloadSelector?: Labels;
  /** As written; empty means the mesh default. */
  readonly exportTo: readonly string[];
  readonly subjectAltNames: readonly string[];
  /** `status.addresses`: what a controller allocated to a host. Empty where nothing writes status. */
  readonly allocated: readonly { readonly host: string; readonly address: string }[];
}
