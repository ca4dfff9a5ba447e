import type { Labels, Meta } from './object.ts';

/** Whether a port of a workload takes mutual TLS of the mesh (`strict`), plaintext (`disable`), or both. */
export type MtlsMode = 'permissive' | 'strict' | 'disable';

/**
 * One PeerAuthentication: how workloads take the connections of their peers.
 * @see istio security/v1beta1/peer_authentication.proto
 */
export interface PeerAuthentication {
  readonly meta: Meta;
  /** Picks workloads of its namespace. Absent: all of them, and in the root namespace those of the whole mesh. Never empty. */
  readonly selector?: Labels;
  /** Absent: what the wider policy says. */
  readonly mode?: MtlsMode;
  /** By number of the workload's own port, in ascending order; `inherit` is the mode of the workload. Only with a selector. */
  readonly ports: readonly (readonly [port: number, mode: MtlsMode | 'inherit'])[];
}
