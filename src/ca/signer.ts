import type { KeyObject, X509Certificate } from 'node:crypto';
import { signatureAlgorithmOf } from './algorithm.ts';
import { type Asn1, findObjectId, fromDer, membersOf, toDer } from './asn1.ts';
import { type CertificateIssuer, EMPTY_NAME, encodeCertificate } from './certificate-encoding.ts';
import { encodeLeafExtensions, encodeSubjectAltNames } from './extensions.ts';
import { encodeCommonName } from './name.ts';
import { readElement } from './der.ts';

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

const SUBJECT_KEY_ID = '2.5.29.14';

/**
 * Signs leaves with one key. What is the same in all of them is encoded once: a leaf costs its own few fields, and the
 * signature.
 */
export class LeafSigner {
  readonly #issuer: CertificateIssuer;
  readonly #extensions: Buffer;

  /** @throws Fault `CA_MATERIAL_INVALID` when leaves cannot be signed with a key of this type. */
  constructor(certificate: X509Certificate, key: KeyObject) {
    const { subject, subjectKeyId } = readIssuer(certificate);
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

interface Issuer {
  readonly subject: Buffer;
  readonly subjectKeyId: Buffer | undefined;
}

/** The subject must stand in leaves octet by octet as it stands in the certificate: peers compare it so. */
function readIssuer({ raw }: X509Certificate): Issuer {
  const [unsigned] = membersOf(fromDer(raw));
  const fields = membersOf(unsigned);
  const [, , , , , subject] = fields;
  if (subject === undefined) throw new Error('a certificate that was parsed has a subject');
  return { subject: toDer(subject), subjectKeyId: findSubjectKeyId(fields) };
}

function findSubjectKeyId(fields: readonly Asn1[]): Buffer | undefined {
  const extensions = fields.slice(7).flatMap((field) => membersOf(field).flatMap(membersOf));
  const found = extensions.find((extension) => findObjectId(membersOf(extension)[0]) === SUBJECT_KEY_ID);
  const value = membersOf(found).at(-1)?.value;
  if (typeof value !== 'string') return undefined;
  const content = Buffer.from(value, 'latin1');
  const inner = readElement(content, 0, content.length);
  return content.subarray(inner.body, inner.end);
}
