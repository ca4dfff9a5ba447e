import { generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { signatureAlgorithmOf } from './algorithm.ts';
import { objectId, sequenceOf, toDer } from './asn1.ts';
import { EMPTY_NAME } from './certificate-encoding.ts';
import { encodeElement, encodeUnsigned, TAG } from './der.ts';
import { encodeSubjectAltNames } from './extensions.ts';
import { encodeCommonName } from './name.ts';
import { toPem } from './pem.ts';

/** A key pair of a workload, for tests and benchmarks. */
export interface TestKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Makes a key pair: RSA of so many bits, or ECDSA on a curve. */
export function createTestKey(kind: number | 'P-256' | 'P-384' = 'P-256'): TestKey {
  return typeof kind === 'number'
    ? generateKeyPairSync('rsa', { modulusLength: kind })
    : generateKeyPairSync('ec', { namedCurve: kind });
}

/** What a test's CSR asks for. */
export interface TestCsr {
  readonly key: TestKey;
  readonly commonName?: string;
  readonly names?: readonly string[];
  /** Signs in place of the key: a CSR that is not its sender's. */
  readonly signedBy?: KeyObject;
}

/** Makes a PKCS #10 request as agents do, with the names that it would like. PEM. */
export function createTestCsr({ key, commonName, names = [], signedBy = key.privateKey }: TestCsr): string {
  const subject = commonName === undefined ? EMPTY_NAME : (encodeCommonName(commonName) ?? EMPTY_NAME);
  const extensions = encodeElement(TAG.sequence, encodeSubjectAltNames(names));
  const attribute = encodeElement(
    TAG.sequence,
    toDer(objectId('1.2.840.113549.1.9.14')),
    encodeElement(TAG.set, extensions),
  );
  const unsigned = encodeElement(
    TAG.sequence,
    encodeUnsigned(Buffer.of(0)),
    subject,
    key.publicKey.export({ type: 'spki', format: 'der' }),
    encodeElement(TAG.context0, ...(names.length > 0 ? [attribute] : [])),
  );
  const isEd25519 = signedBy.asymmetricKeyType === 'ed25519';
  const algorithm = isEd25519 ? undefined : signatureAlgorithmOf(signedBy);
  const der = encodeElement(
    TAG.sequence,
    unsigned,
    algorithm?.identifier ?? toDer(sequenceOf(objectId('1.3.101.112'))),
    encodeElement(TAG.bitString, Buffer.of(0), sign(algorithm?.digest ?? null, unsigned, signedBy)),
  );
  return toPem('CERTIFICATE REQUEST', der);
}

/** The certificate of a PEM text. */
export function readCertificate(pem: string | undefined): X509Certificate {
  return new X509Certificate(pem ?? '');
}
