import { createHash, createPublicKey, generateKeyPair, type KeyObject, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import { signatureAlgorithmOf } from './algorithm.ts';
import { fromDer, membersOf, toDer } from './asn1.ts';
import { encodeCertificate } from './certificate-encoding.ts';
import { encodeRootExtensions } from './extensions.ts';
import type { CaMaterial } from './material.ts';
import { encodeOrganization } from './name.ts';

/** The key of a new root: RSA of so many bits, or ECDSA on a curve. */
export type KeyChoice =
  | { readonly type: 'rsa'; readonly bits: number }
  | { readonly type: 'ec'; readonly curve: 'P-256' | 'P-384' };

/** How a new root is to be. */
export interface RootOptions {
  /** Becomes the organization of the subject. */
  readonly trustDomain: string;
  readonly key: KeyChoice;
  /** Milliseconds. */
  readonly ttlMs: number;
  /** Milliseconds since 1970. Roots are not back-dated. */
  readonly nowMs: number;
}

const generate = promisify(generateKeyPair);
const KEY_ID_OCTETS = 20;

/**
 * Makes a root that signs itself.
 * @see istio security/pkg/pki/ca/ca.go `NewSelfSignedIstioCAOptions`
 */
export async function createRoot({ trustDomain, key: choice, ttlMs, nowMs }: RootOptions): Promise<CaMaterial> {
  const key = await createPrivateKey(choice);
  return signRoot(key, encodeOrganization(trustDomain), { ttlMs, nowMs });
}

/**
 * Makes a certificate with a new lifetime for the same key and subject: what was signed before stays valid, under the
 * old certificate and under the new one.
 * @see istio security/pkg/pki/ca/selfsignedcarootcertrotator.go
 */
export function renewRoot(
  old: CaMaterial,
  { ttlMs, nowMs }: Pick<RootOptions, 'ttlMs' | 'nowMs'>,
): Promise<CaMaterial> {
  const [unsigned] = membersOf(fromDer(old.certificate.raw));
  const subject = membersOf(unsigned)[5];
  if (subject === undefined) throw new Error('a certificate that was parsed has a subject');
  return signRoot(old.key, toDer(subject), { ttlMs, nowMs });
}

/** A new private key, made off the event loop. */
export async function createPrivateKey(choice: KeyChoice): Promise<KeyObject> {
  const pair =
    choice.type === 'rsa'
      ? await generate('rsa', { modulusLength: choice.bits })
      : await generate('ec', { namedCurve: choice.curve });
  return pair.privateKey;
}

/** PEM as Istio keeps it: PKCS #1 for RSA, SEC 1 for ECDSA. */
export function toKeyPem(key: KeyObject): string {
  const type = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1';
  return key.export({ type, format: 'pem' }).toString();
}

async function signRoot(
  key: KeyObject,
  name: Buffer,
  { ttlMs, nowMs }: Pick<RootOptions, 'ttlMs' | 'nowMs'>,
): Promise<CaMaterial> {
  const publicKeyDer = createPublicKey(key).export({ type: 'spki', format: 'der' });
  // Any value does that only this key has; of a digest the leftmost octets are as good as all. RFC 7093 §2.
  const keyId = createHash('sha256').update(publicKeyDer).digest().subarray(0, KEY_ID_OCTETS);
  const parts = {
    notBeforeMs: nowMs,
    notAfterMs: nowMs + ttlMs,
    subject: name,
    publicKeyDer,
    extensions: [encodeRootExtensions(keyId)],
  };
  const der = await encodeCertificate(parts, { algorithm: signatureAlgorithmOf(key), key, name });
  const certificate = new X509Certificate(der);
  return { certificate, key, chain: [], roots: [certificate] };
}
