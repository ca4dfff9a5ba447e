import { keyOf } from '../../model/object.ts';
import type { Sidecar } from '../../model/sidecar.ts';
import type { CompileNote } from '../note.ts';
import type { CompiledResource } from '../resource.ts';

/** Listeners, and what compiling them brought to light. */
interface Listeners {
  readonly resources: readonly CompiledResource[];
  readonly notes: readonly CompileNote[];
}

/**
 * The inbound listeners without those whose address an outbound one has: Envoy takes only one, and what the workload sends to others would
 * come back to it if that were the inbound one.
 */
export function withoutTaken(inbound: Listeners, outbound: Listeners, sidecar: Sidecar): Listeners {
  const names = new Set(outbound.resources.map(({ name }) => name));
  const taken = inbound.resources.filter(({ name }) => names.has(name));
  if (taken.length === 0) return inbound;
  const notes = taken.map(
    ({ name }): CompileNote => ({
      object: keyOf(sidecar.meta),
      code: 'SIDECAR_PORT_TAKEN',
      message: `ingress on ${name.replace(/_(\d+)$/, ':$1')} is left out: outbound traffic to other services is listened for there`,
    }),
  );
  return { resources: inbound.resources.filter(({ name }) => !names.has(name)), notes: [...inbound.notes, ...notes] };
}
