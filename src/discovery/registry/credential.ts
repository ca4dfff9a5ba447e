import type { ConfigMap, Secret } from '../../model/kubernetes.ts';
import type { Credential } from '../../model/snapshot.ts';

/** Service account tokens and Helm's releases are Secrets too, in their thousands. */
const FOREIGN_TYPES: ReadonlySet<string> = new Set(['helm.sh/release.v1', 'kubernetes.io/service-account-token']);

/**
 * The certificate, key and trust bundle in a Secret. Its own names (`cert`, `key`, `cacert`, `crl`) beat Kubernetes' (`tls.crt`, `tls.key`,
 * `ca.crt`, `ca.crl`). `undefined` when there is neither a certificate with its key nor a bundle.
 * @see istio pilot/pkg/credentials/kube/secrets.go `ExtractCertInfo`
 */
export function findSecretCredential({ meta, type, data }: Secret): Credential | undefined {
  if (FOREIGN_TYPES.has(type)) return undefined;
  const isGeneric = Boolean(data.cert && data.key);
  const chainPem = isGeneric ? data.cert : data['tls.crt'];
  const keyPem = isGeneric ? data.key : data['tls.key'];
  const ocspStaple = data['tls.ocsp-staple'];
  const caPem = data.cacert || data['ca.crt'];
  const crlPem = data.crl || data['ca.crl'];
  const certificate = chainPem && keyPem ? { chainPem, keyPem, ...(ocspStaple ? { ocspStaple } : {}) } : undefined;
  if (certificate === undefined && !caPem) return undefined;
  return { meta, ...(certificate && { certificate }), ...(caPem && { caPem }), ...(crlPem && { crlPem }) };
}

/** The trust bundle in a ConfigMap; `undefined` when there is none. */
export function findConfigMapCredential({ meta, data }: ConfigMap): Credential | undefined {
  const caPem = data['ca.crt'] || data.cacert;
  const crlPem = data['ca.crl'] || data.crl;
  return caPem ? { meta, caPem, ...(crlPem && { crlPem }) } : undefined;
}
