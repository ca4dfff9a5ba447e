import type { Service } from '../model/service.ts';
import type { Destination } from '../model/virtual-service.ts';
import { outboundClusterName } from './names.ts';

/**
 * The cluster that a VirtualService's destination means. Without a port of its own it is the only port of the service, or else the port that
 * the listener serves. A destination that is an alias means what it stands for.
 * @param service the destination's service; `undefined` when none of that host is known, which still names a cluster.
 * @see istio pilot/pkg/networking/core/route/route.go `GetDestinationCluster`
 */
export function toDestinationCluster(
  { host, port, subset = '' }: Destination,
  service: Service | undefined,
  listenerPort: number,
): string {
  const only = service?.ports.length === 1 ? service.ports[0]?.number : undefined;
  return outboundClusterName(service?.aliasOf ?? host, port ?? only ?? listenerPort, subset);
}
