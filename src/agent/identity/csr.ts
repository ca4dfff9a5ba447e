import type { KeyObject } from 'node:crypto';
import { crypto } from '../builtin.ts';

/** Identifier octets of the ASN.1 types that a request is made of. @see X.690 §8.1.2 */
const TAG = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  utf8: 0x0c,
  sequence: 0x30,
  set: 0x31,
  context0: 0xa0,
  uri: 0x86,
} as const;

const OID = {
  organization: '0603 55040a',
  extensionRequest: '0609 2a864886f70d01090e',
  subjectAltName: '0603 551d11',
  // Algorithms, with the parameters that they must have.
  rsaSha256: '0609 2a864886f70d01010b 0500',
  ecdsaSha256: '0608 2a8648ce3d040302',
  ecdsaSha384: '0608 2a8648ce3d040303',
} as const;

/**
 * A PKCS #10 request for one SPIFFE identity, PEM, as pilot-agent makes it: an empty organization, the identity as URI, no common name.
 *
 * Its form is fixed but for key, identity and signature, so it is put together here rather than by a library that would cost every pod ten
 * megabytes. The private key is only signed with.
 * @see RFC 2986; istio security/pkg/pki/util/generate_csr.go
 */
export function createCsr(privateKey: KeyObject, publicKey: KeyObject, identity: string): string {
  const subject = sequence(element(TAG.set, sequence(oid(OID.organization), element(TAG.utf8))));
  const names = sequence(element(TAG.uri, Buffer.from(identity, 'ascii')));
  // Critical, for without a common name these are all the names there are.
  const extension = sequence(oid(OID.subjectAltName), Buffer.of(0x01, 0x01, 0xff), element(TAG.octets, names));
  const attributes = element(TAG.context0, sequence(oid(OID.extensionRequest), element(TAG.set, sequence(extension))));
  const request = sequence(
    element(TAG.integer, Buffer.of(0)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    attributes,
  );
  const { algorithm, digest } = findAlgorithm(privateKey);
  const signature = crypto.sign(digest, request, privateKey);
  return toPem(sequence(request, sequence(oid(algorithm)), element(TAG.bits, Buffer.of(0), signature)));
}

function findAlgorithm(key: KeyObject): { readonly algorithm: string; readonly digest: string } {
  if (key.asymmetricKeyType === 'rsa') return { algorithm: OID.rsaSha256, digest: 'sha256' };
  const isLarge = key.asymmetricKeyDetails?.namedCurve === 'secp384r1';
  return isLarge ? { algorithm: OID.ecdsaSha384, digest: 'sha384' } : { algorithm: OID.ecdsaSha256, digest: 'sha256' };
}

function oid(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(' ', ''), 'hex');
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(TAG.sequence, ...parts);
}

function element(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const header =
    length < 0x80 ? [tag, length] : length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(header), ...parts]);
}

function toPem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`;
}
