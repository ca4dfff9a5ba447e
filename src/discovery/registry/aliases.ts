import { compareText } from '../../model/object.ts';
import type { Service } from '../../model/service.ts';

/**
 * Follows ExternalName services to what they stand for: the names by which each real service is also known, sorted by namespace, then name.
 * Chains are followed to their end; a loop, or an end that is no service of the mesh, is nobody's alias.
 *
 * @param aliases The services with `aliasOf`.
 * @param hosts Every host of the mesh.
 * @see istio pilot/pkg/model/push_context.go `resolveServiceAliases`
 */
export function resolveAliases(
  aliases: readonly Service[],
  hosts: ReadonlySet<string>,
): ReadonlyMap<string, readonly string[]> {
  const targets = new Map(aliases.map((service) => [service.hostname, service.aliasOf ?? '']));
  const found = new Map<string, Service[]>();
  for (const alias of aliases) {
    const end = followAlias(alias.hostname, targets);
    if (end !== undefined && hosts.has(end)) found.set(end, [...(found.get(end) ?? []), alias]);
  }
  return new Map(
    [...found].map(([host, list]) => [host, list.sort(compareByNamespace).map((alias) => alias.hostname)]),
  );
}

function followAlias(from: string, targets: ReadonlyMap<string, string>): string | undefined {
  const seen = new Set<string>();
  let host = from;
  for (let next = targets.get(host); next !== undefined; next = targets.get(host)) {
    if (seen.has(host)) return undefined;
    seen.add(host);
    host = next;
  }
  return host;
}

function compareByNamespace(a: Service, b: Service): number {
  return compareText(a.namespace, b.namespace) || compareText(a.hostname, b.hostname);
}
