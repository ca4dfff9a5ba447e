import type { OutboundTrafficPolicy } from '../../model/sidecar.ts';
import { toDestinationCluster } from '../destination.ts';
import { BLACK_HOLE_CLUSTER, PASSTHROUGH_CLUSTER } from '../names.ts';

/** What happens to traffic that no service claims. Interned: equal policies are the identical value. */
export interface Fallthrough {
  /** Where bytes go. */
  readonly cluster: string;
  /** Requests over plaintext HTTP are resolved by their host instead. */
  readonly dynamicDns: boolean;
}

/** Reads a scope's policy. Only HTTP can be resolved by name; everything else passes through, as with ALLOW_ANY. */
export function toFallthrough({ mode, egressProxy }: OutboundTrafficPolicy): Fallthrough {
  if (mode === 'registry-only') return { cluster: BLACK_HOLE_CLUSTER, dynamicDns: false };
  return {
    cluster: egressProxy ? toDestinationCluster(egressProxy, undefined, 0) : PASSTHROUGH_CLUSTER,
    dynamicDns: mode === 'allow-any-dynamic-dns',
  };
}
