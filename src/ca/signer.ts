import type { KeyObject, X509Certificate } from 'node:crypto';
import { signatureAlgorithmOf } from './algorithm.ts';
import { type CertificateIssuer, EMPTY_NAME, encodeCertificate } from './certificate-encoding.ts';
import { encodeLeafExtensions, encodeSubjectAltNames } from './extensions.ts';
import { readIssuerName } from './issuer-name.ts';
import { encodeCommonName } from './name.ts';

/** What one leaf is to say. */
export interface LeafRequest {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyDer: Buffer;
  /** Proved names, at least one: SPIFFE ids, or DNS names and addresses of a server. */
  readonly names: readonly string[];
  /** Whether the subject gets the first name as its common name, too. */
  readonly hasCommonName: boolean;
  /** Milliseconds since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/**
 * Signs leaves with one key. What is the same in all of them is encoded once: a leaf costs its own few fields, and the
 * signature.
 */
export class LeafSigner {
  readonly #issuer: CertificateIssuer;
  readonly #extensions: Buffer;

  /** @throws Fault `CA_MATERIAL_INVALID` when leaves cannot be signed with a key of this type. */
  constructor(certificate: X509Certificate, key: KeyObject) {
    const { subject, subjectKeyId } = readIssuerName(certificate);
    this.#issuer = { algorithm: signatureAlgorithmOf(key), key, name: subject };
    this.#extensions = encodeLeafExtensions(subjectKeyId);
  }

  /** @returns The leaf, DER. */
  sign({ publicKeyDer, names, hasCommonName, notBeforeMs, notAfterMs }: LeafRequest): Promise<Buffer> {
    const subject = hasCommonName ? encodeCommonName(names[0] ?? '') : undefined;
    const extensions = [this.#extensions, encodeSubjectAltNames(names)];
    const parts = { notBeforeMs, notAfterMs, subject: subject ?? EMPTY_NAME, publicKeyDer, extensions };
    return encodeCertificate(parts, this.#issuer);
  }
}
