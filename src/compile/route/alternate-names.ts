import { isIP } from 'node:net';

/** Between the namespace and the cluster's domain in Kubernetes' names. */
const SVC = '.svc.';

/**
 * What a client may leave out of a host when it is in `clientDomain`, and the absolute form with its trailing dot.
 *
 * A client in Kubernetes shortens only services of its own cluster domain: `echo` and `echo.ns` within the namespace, `echo.ns` from another.
 * Elsewhere whatever both names end with may be left out.
 * @see istio pilot/pkg/networking/core/httproute.go `GenerateAltVirtualHosts`
 */
export function listAlternateNames(host: string, clientDomain: string): readonly string[] {
  const absolute = isIP(host) ? [] : [`${host}.`];
  return [...absolute, ...(clientDomain.includes(SVC) ? listKubernetesNames : listUnsharedNames)(host, clientDomain)];
}

/** What the hosts of a client's own namespace have in them, `.namespace.svc.`, when `clientDomain` is one of Kubernetes. */
export function findOwnInfix(clientDomain: string): string | undefined {
  const svc = clientDomain.indexOf(SVC);
  return svc < 0 ? undefined : `.${clientDomain.slice(0, svc)}${SVC}`;
}

/**
 * The domain of a client as services of other namespaces see it, `.svc.cluster.local`: what they are called does not depend on its namespace,
 * so that clients of all other namespaces share what is compiled.
 */
export function withoutOwnNamespace(clientDomain: string): string {
  const svc = clientDomain.indexOf(SVC);
  return svc < 0 ? clientDomain : clientDomain.slice(svc);
}

function listKubernetesNames(host: string, clientDomain: string): readonly string[] {
  const svc = clientDomain.indexOf(SVC);
  const end = host.indexOf(SVC);
  const dot = host.indexOf('.');
  if (end <= 0 || dot >= end || !host.endsWith(clientDomain.slice(svc))) return [];
  const [name, full] = [host.slice(0, dot), host.slice(0, end)];
  const isOwn = host.slice(dot + 1, end) === clientDomain.slice(0, svc);
  return isOwn ? [name, `${full}.svc`, full] : [full, `${full}.svc`];
}

function listUnsharedNames(host: string, clientDomain: string): readonly string[] {
  const labels = host.split('.');
  const client = clientDomain.split('.');
  let shared = 0;
  while (shared < Math.min(labels.length, client.length) && labels.at(-1 - shared) === client.at(-1 - shared)) shared++;
  if (shared === 0) return [];
  const unique = labels.slice(0, labels.length - shared);
  if (unique.length === 0) return [];
  // Two labels read as name and namespace, which people also write with the first label of the domain behind.
  return unique.length === 2 ? [unique.join('.'), labels.slice(0, 3).join('.')] : [unique.join('.')];
}
