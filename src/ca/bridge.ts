import type { X509Certificate } from 'node:crypto';
import { signatureAlgorithmOf } from './algorithm.ts';
import { encodeCertificate } from './certificate-encoding.ts';
import { encodeBridgeExtensions } from './extensions.ts';
import { readIssuerName } from './issuer-name.ts';
import type { CaMaterial } from './material.ts';
import { toPem } from './pem.ts';

/** From when to when a bridge is good, in milliseconds since 1970. */
export interface BridgeLife {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/**
 * Has an old root vouch for the key of its successor. Leaves of the new root that bring this certificate along are good
 * for peers that know only the old root yet, so nobody fails while trust moves over.
 *
 * @returns PEM; undefined where peers could not tell the two roots apart, which takes key identifiers, or where the old
 *   material is not a root.
 * @see RFC 4210 §4.4, "new with old"
 */
export async function createBridge(
  old: CaMaterial,
  successor: X509Certificate,
  life: BridgeLife,
): Promise<string | undefined> {
  const issuer = readIssuerName(old.certificate);
  const subject = readIssuerName(successor);
  if (issuer.subjectKeyId === undefined || subject.subjectKeyId === undefined) return undefined;
  if (old.chain.length > 0 || !old.certificate.verify(old.certificate.publicKey)) return undefined;
  const parts = {
    ...life,
    subject: subject.subject,
    publicKeyDer: successor.publicKey.export({ type: 'spki', format: 'der' }),
    extensions: [encodeBridgeExtensions(subject.subjectKeyId, issuer.subjectKeyId)],
  };
  const algorithm = signatureAlgorithmOf(old.key);
  return toPem('CERTIFICATE', await encodeCertificate(parts, { algorithm, key: old.key, name: issuer.subject }));
}
