import { type KeyObject, randomBytes } from 'node:crypto';
import { type SignatureAlgorithm, signWith } from './algorithm.ts';
import { encodeElement, encodeTime, encodeUnsigned, TAG } from './der.ts';

/** The parts of a certificate that differ between two of the same issuer. */
export interface CertificateParts {
  /** Milliseconds since 1970; certificates have whole seconds. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Name, DER. */
  readonly subject: Buffer;
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKeyDer: Buffer;
  /** Extensions, DER, one after the other. */
  readonly extensions: readonly Buffer[];
}

/** Who signs a certificate, and how. */
export interface CertificateIssuer {
  readonly algorithm: SignatureAlgorithm;
  readonly key: KeyObject;
  /** Name, DER, exactly as it stands in the issuer's own certificate. */
  readonly name: Buffer;
}

const VERSION_3 = encodeElement(TAG.context0, encodeUnsigned(Buffer.of(2)));
const SERIAL_OCTETS = 16;

/** A name without any parts, DER. */
export const EMPTY_NAME: Buffer = encodeElement(TAG.sequence);

/**
 * Puts a certificate together and signs it. The serial number is 128 random bits.
 * @returns DER
 * @see RFC 5280 §4.1
 */
export async function encodeCertificate(parts: CertificateParts, issuer: CertificateIssuer): Promise<Buffer> {
  const unsigned = encodeElement(
    TAG.sequence,
    VERSION_3,
    encodeUnsigned(randomBytes(SERIAL_OCTETS)),
    issuer.algorithm.identifier,
    issuer.name,
    encodeElement(TAG.sequence, encodeTime(parts.notBeforeMs), encodeTime(parts.notAfterMs)),
    parts.subject,
    parts.publicKeyDer,
    encodeElement(TAG.context3, encodeElement(TAG.sequence, ...parts.extensions)),
  );
  const signature = await signWith(issuer.algorithm, issuer.key, unsigned);
  return encodeElement(
    TAG.sequence,
    unsigned,
    issuer.algorithm.identifier,
    encodeElement(TAG.bitString, Buffer.of(0), signature),
  );
}
