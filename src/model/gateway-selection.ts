import type { Gateway } from './gateway.ts';
import { isSelectedBy, type Labels } from './object.ts';
import type { ServiceTarget } from './workload.ts';

/** A gateway workload, as Gateways are matched with it. */
export interface GatewayWorkload {
  readonly labels: Labels;
  /** Ports of the services that select it. */
  readonly targets: readonly ServiceTarget[];
}

/** A Gateway that applies to a workload, and the ports of the workload that it may mean. */
export interface SelectedGateway {
  readonly gateway: Gateway;
  readonly targets: readonly ServiceTarget[];
  /** Names the services it is about, so its ports are ports of these, never the workload's own. */
  readonly byService: boolean;
}

/** On Gateways that were made from the Gateway API: hostnames of the services they are about. */
const SERVICES = 'internal.istio.io/gateway-service';
const PARENT_NAMESPACE = 'internal.istio.io/parent-namespace';
const SEMANTICS = 'internal.istio.io/gateway-semantics';
const SERVICE_ACCOUNT = 'internal.istio.io/service-account-name';

/** A service that carries it wants no Gateway to take its port numbers for its own. */
const DISABLE_TRANSLATION = 'experimental.istio.io/disable-gateway-port-translation';

/**
 * The Gateways that apply to a workload, in their order. Where one was made from the Gateway API together with its workload, Gateways of other
 * namespaces have no say there: anyone who may write one could take over its ports otherwise.
 * @see istio pilot/pkg/model/push_context.go `mergeGateways`, `filterStrictGatewayMerging`
 */
export function selectGateways(gateways: readonly Gateway[], workload: GatewayWorkload): readonly SelectedGateway[] {
  const selected = gateways.flatMap((gateway) => selectGateway(gateway, workload) ?? []);
  const owners = new Set(selected.filter(isManaged).map(({ gateway }) => gateway.meta.namespace));
  if (owners.size === 0) return selected;
  return selected.filter(
    ({ gateway: { meta } }) => meta.annotations[SEMANTICS] !== undefined || owners.has(meta.namespace),
  );
}

function selectGateway(gateway: Gateway, { labels, targets }: GatewayWorkload): SelectedGateway | undefined {
  const services = gateway.meta.annotations[SERVICES];
  if (services === undefined) {
    const applies = gateway.selector === undefined || isSelectedBy(labels, gateway.selector);
    return applies ? { gateway, targets, byService: false } : undefined;
  }
  const hosts = services.split(',');
  const namespace = gateway.meta.annotations[PARENT_NAMESPACE] || gateway.meta.namespace;
  const own = targets.filter(({ service }) => hosts.includes(service.hostname) && service.namespace === namespace);
  return own.length > 0 ? { gateway, targets: own, byService: true } : undefined;
}

function isManaged({ gateway: { meta } }: SelectedGateway): boolean {
  return meta.annotations[SEMANTICS] === 'gateway' && !!meta.annotations[SERVICE_ACCOUNT];
}

/**
 * The ports on which a workload listens for a Gateway's port `number`: what the first service that has the port leads it to, or the number
 * itself. A Gateway that names its services means all of their ports of that number, and nothing where they have none.
 * @see istio pilot/pkg/model/gateway.go `resolvePorts`
 */
export function resolveGatewayPorts(number: number, { targets, byService }: SelectedGateway): readonly number[] {
  const matching = targets.filter(
    ({ service, port }) => port.number === number && (byService || service.labels[DISABLE_TRANSLATION] === undefined),
  );
  if (byService) return [...new Set(matching.map(({ targetPort }) => targetPort))].sort((a, b) => a - b);
  return [matching[0]?.targetPort ?? number];
}
