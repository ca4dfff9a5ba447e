import type { Endpoint } from '../../model/endpoint.ts';
import type { Service } from '../../model/service.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { EndpointsChange } from '../registry/endpoint-table.ts';

/**
 * Whether EDS alone can carry a change. It cannot when clusters or listeners are made of what changed: endpoints of services that Envoy
 * resolves itself, of headless services, and the identities that clusters check.
 *
 * @param find The service of a host in a namespace, if there is one.
 * @see istio pilot/pkg/model/endpointshards.go `UpdateServiceEndpoints`
 */
export function isEndpointsOnly(
  parts: ReadonlySet<keyof Snapshot>,
  endpoints: readonly EndpointsChange[],
  find: (hostname: string, namespace: string) => Service | undefined,
): boolean {
  for (const part of parts) if (part !== 'endpoints' && part !== 'workloads') return false;
  return (
    parts.has('endpoints') && endpoints.every((change) => isEdsOnly(change, find(change.hostname, change.namespace)))
  );
}

function isEdsOnly({ before, after }: EndpointsChange, service: Service | undefined): boolean {
  if (service === undefined) return true;
  if (service.resolution !== 'eds') return false;
  // A service that lost all its endpoints keeps its identities: nobody is there to show another.
  return after.length === 0 || hasSameIdentities(before, after);
}

function hasSameIdentities(before: readonly Endpoint[], after: readonly Endpoint[]): boolean {
  const identities = identitiesOf(before);
  const others = identitiesOf(after);
  return identities.size === others.size && [...others].every((identity) => identities.has(identity));
}

/** Who has none adds none to what clusters check. */
function identitiesOf(endpoints: readonly Endpoint[]): ReadonlySet<string> {
  return new Set(endpoints.flatMap(({ identity }) => (identity === '' ? [] : identity)));
}
