import { keyOf } from '../../model/object.ts';
import type { OutboundScope } from '../../model/sidecar-scope.ts';
import type { L4Destination, VirtualService } from '../../model/virtual-service.ts';
import { findDestinationProblem } from '../destination.ts';
import type { CompileNote } from '../note.ts';

/** What a user should hear about the destinations of a block for TCP or TLS: those that lead nowhere. */
export function listDestinationNotes(
  { meta }: VirtualService,
  destinations: readonly L4Destination[],
  scope: OutboundScope,
): readonly CompileNote[] {
  return destinations.flatMap(({ destination }) => {
    const problem = findDestinationProblem(destination, scope);
    return problem ? [{ object: keyOf(meta), ...problem }] : [];
  });
}
