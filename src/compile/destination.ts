import type { Service } from '../model/service.ts';
import type { OutboundScope } from '../model/sidecar-scope.ts';
import type { Destination } from '../model/virtual-service.ts';
import { outboundClusterName } from './names.ts';
import type { CompileNote } from './note.ts';

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

/**
 * Why a destination leads nowhere, seen from a scope; `undefined` when it leads somewhere. It is compiled as written all the same: the service
 * may be about to come.
 */
export function findDestinationProblem(
  { host, port, subset }: Destination,
  scope: Pick<OutboundScope, 'namespace' | 'serviceByHost' | 'findRuleByHost'>,
): Pick<CompileNote, 'code' | 'message'> | undefined {
  // A reference of the Gateway API that leads nowhere; its translation says so.
  if (host === '') return undefined;
  const service = scope.serviceByHost.get(host);
  if (service === undefined) {
    const message = `destination "${host}" is no service that namespace "${scope.namespace}" can see`;
    return { code: 'VS_DESTINATION_UNKNOWN', message };
  }
  if (port !== undefined && !service.ports.some(({ number }) => number === port)) {
    const ports = service.ports.map(({ number }) => number).join(', ') || 'none';
    return { code: 'VS_PORT_UNKNOWN', message: `"${host}" has no port ${port}; its ports: ${ports}` };
  }
  if (!subset || scope.findRuleByHost(host)?.subsets.some(({ name }) => name === subset)) return undefined;
  const message = `no DestinationRule that applies here declares subset "${subset}" of "${host}"`;
  return { code: 'VS_SUBSET_UNKNOWN', message };
}
