import type { Endpoint } from '../../model/endpoint.ts';
import { compareText } from '../../model/object.ts';
import type { Service } from '../../model/service.ts';

/*
 * What clusters need to know of endpoints without depending on each of them. Both answers are texts, so that a cluster is compiled again when
 * the answer changes and not when an endpoint does.
 */

const SEPARATOR = '\n';

/** The distinct identities of endpoints, sorted, as one text. */
export function listIdentities(endpoints: readonly Endpoint[]): string {
  const identities = new Set<string>();
  for (const { identity } of endpoints) if (identity !== '') identities.add(identity);
  return [...identities].sort(compareText).join(SEPARATOR);
}

/** The names a service's workloads may show: declared ones and their identities, in every trust domain of the mesh. Sorted. */
export function listAccounts(
  service: Service,
  identities: string,
  trustDomainAliases: readonly string[],
): readonly string[] {
  const own = identities === '' ? [] : identities.split(SEPARATOR);
  const names = [...service.subjectAltNames, ...own];
  const aliases = names.flatMap((name) => trustDomainAliases.flatMap((alias) => inTrustDomain(name, alias)));
  return [...new Set([...names, ...aliases])].sort(compareText);
}

function inTrustDomain(name: string, trustDomain: string): readonly string[] {
  const [, path] = /^spiffe:\/\/[^/]+(\/.*)$/.exec(name) ?? [];
  return path === undefined ? [] : [`spiffe://${trustDomain}${path}`];
}

/**
 * The ports, as one text of numbers between commas, behind which there are endpoints and all of them do mTLS. Where a cluster cannot choose by
 * endpoint, only there it may use mTLS unasked.
 * @see istio pilot/pkg/model/push_context.go `BestEffortInferServiceMTLSMode`
 */
export function listMtlsPorts(service: Service, endpoints: readonly Endpoint[]): string {
  const ports = service.ports.filter((port) => {
    const own = endpoints.filter((endpoint) => endpoint.servicePortName === port.name);
    return own.length > 0 && own.every((endpoint) => endpoint.tlsMode === 'istio');
  });
  return `,${ports.map((port) => `${port.number},`).join('')}`;
}

/** Stands for all ports, where each endpoint is looked at by itself. */
export const ALL_PORTS = '*';

/** Whether such a text names a port. */
export function hasPort(ports: string, number: number): boolean {
  return ports === ALL_PORTS || ports.includes(`,${number},`);
}
