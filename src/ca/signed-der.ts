import type { KeyObject } from 'node:crypto';
import { type DerElement, listMembers, readElement, readMembers, TAG } from './der.ts';
import { caFault } from './fault.ts';

/** What certificates, requests and revocation lists have in common: content, how it was signed, and the signature. */
export interface SignedDer {
  readonly content: DerElement;
  /** The octets that the signature is over. */
  readonly signed: Buffer;
  readonly algorithm: DerElement;
  readonly signature: Buffer;
}

/** Signature algorithms by the hexadecimal octets of their object identifiers: the digest and the type of key. */
const ALGORITHMS: ReadonlyMap<string, readonly [digest: string | null, keyType: string]> = new Map([
  ['2a864886f70d01010b', ['sha256', 'rsa']],
  ['2a864886f70d01010c', ['sha384', 'rsa']],
  ['2a864886f70d01010d', ['sha512', 'rsa']],
  ['2a8648ce3d040302', ['sha256', 'ec']],
  ['2a8648ce3d040303', ['sha384', 'ec']],
  ['2a8648ce3d040304', ['sha512', 'ec']],
  ['2b6570', [null, 'ed25519']],
]);

/**
 * Takes such a structure apart; nothing may follow it.
 * @throws Fault `CA_CSR_INVALID`
 */
export function readSigned(der: Buffer): SignedDer {
  const outer = readElement(der, 0, der.length);
  if (outer.tag !== TAG.sequence || outer.end !== der.length) throw invalid('it is not one signed structure');
  const [content, algorithm, bits] = readMembers(der, outer, [TAG.sequence, TAG.sequence, TAG.bitString]);
  if (content === undefined || algorithm === undefined || bits === undefined) throw invalid('it has parts missing');
  if (bits.end === bits.body || der[bits.body] !== 0) throw invalid('the signature is not of whole octets');
  return {
    content,
    signed: der.subarray(content.start, content.end),
    algorithm,
    signature: der.subarray(bits.body + 1, bits.end),
  };
}

/**
 * The digest of a signature; null where the algorithm has its own.
 * @throws Fault `CA_CSR_INVALID` when the algorithm is weak, unknown, or none of this key's type.
 */
export function findDigest(der: Buffer, algorithm: DerElement, key: KeyObject): string | null {
  const [id] = listMembers(der, algorithm);
  const known = id?.tag === TAG.oid ? ALGORITHMS.get(der.toString('hex', id.body, id.end)) : undefined;
  if (known === undefined) throw invalid('the signature algorithm is not known, or too weak');
  const [digest, keyType] = known;
  if (keyType !== key.asymmetricKeyType) throw invalid('signature algorithm and public key do not fit');
  return digest;
}

function invalid(why: string) {
  return caFault('CA_CSR_INVALID', why);
}
