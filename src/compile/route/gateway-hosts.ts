import { isHostWithin } from '../../model/host.ts';

/**
 * The hosts of a Gateway's server that VirtualServices of `namespace` may use: those for every namespace and those for this one, without the
 * namespace in front.
 */
export function listServerHosts(hosts: readonly string[], namespace: string): readonly string[] {
  return hosts.flatMap((host) => {
    const [own, name] = splitNamespace(host);
    return own === undefined || own === '*' || own === namespace ? [name] : [];
  });
}

/** A server's host without the namespace whose VirtualServices may use it. */
export function withoutNamespace(host: string): string {
  return splitNamespace(host)[1];
}

/**
 * The hosts that both lists cover: of two that overlap the narrower one, in the order of the first list, then of the second. Upper and lower
 * case differ.
 * @see istio pkg/config/host/names.go `Intersection`
 */
export function intersectHosts(servers: readonly string[], rules: readonly string[]): readonly string[] {
  const common = new Set<string>();
  for (const server of servers) {
    for (const rule of rules) {
      if (isHostWithin(server, rule)) common.add(server);
      else if (isHostWithin(rule, server)) common.add(rule);
    }
  }
  return [...common];
}

function splitNamespace(host: string): readonly [namespace: string | undefined, host: string] {
  const slash = host.indexOf('/');
  return slash < 0 ? [undefined, host] : [host.slice(0, slash), host.slice(slash + 1)];
}
