import type { Credential, Snapshot } from './snapshot.ts';

/** Names a ConfigMap's trust bundle among the credentials of its namespace, where Secrets go by their own names. */
export function configMapCredentialName(name: string): string {
  return `configmap://${name}`;
}

/** Ends the names by which the trust bundle alone is asked for. */
const CA_SUFFIX = '-cacert';

/**
 * The credential that `name` asks for in a namespace. `<name>-cacert` is the Secret of that very name, else the trust bundle of `<name>`.
 *
 * @returns `undefined` when there is no such credential, or when a bundle was asked for and there is none.
 * @see istio pilot/pkg/credentials/kube/secrets.go `GetCaCert`
 */
export function findCredential(
  credentials: Snapshot['credentials'],
  namespace: string,
  name: string,
): Credential | undefined {
  const own = credentials.get(namespace);
  if (!name.endsWith(CA_SUFFIX)) return own?.get(name);
  const { meta, caPem, crlPem } = own?.get(name) ?? own?.get(name.slice(0, -CA_SUFFIX.length)) ?? {};
  return meta && caPem ? { meta, caPem, ...(crlPem && { crlPem }) } : undefined;
}
