import { compareText } from '../../model/object.ts';
import type { Service } from '../../model/service.ts';

const NONE: readonly string[] = [];

/**
 * Follows ExternalName services to what they stand for: the names by which each real service is also known, sorted by namespace, then name.
 * Chains are followed to their end; a loop, or an end that is no service of the mesh, is nobody's alias.
 * @see istio pilot/pkg/model/push_context.go `resolveServiceAliases`
 */
export function resolveAliases(services: readonly Service[]): ReadonlyMap<string, readonly string[]> {
  const aliases = services.filter((service) => service.aliasOf !== undefined);
  if (aliases.length === 0) return new Map();
  const targets = new Map(aliases.map((service) => [service.hostname, service.aliasOf ?? '']));
  const known = new Set(services.map((service) => service.hostname));
  const found = new Map<string, Service[]>();
  for (const alias of aliases) {
    const end = followAlias(alias.hostname, targets);
    if (end !== undefined && known.has(end)) found.set(end, [...(found.get(end) ?? []), alias]);
  }
  return new Map(
    [...found].map(([host, list]) => [host, list.sort(compareByNamespace).map((alias) => alias.hostname)]),
  );
}

/** The names of `service` beyond its own. */
export function aliasesOf(service: Service, aliases: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return aliases.get(service.hostname) ?? NONE;
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
