import { type KeyObject, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { nothing, objectId, sequenceOf, toDer } from './asn1.ts';
import { caFault } from './fault.ts';

/** How a key of the authority signs. */
export interface SignatureAlgorithm {
  readonly digest: 'sha256' | 'sha384';
  /** AlgorithmIdentifier, DER. */
  readonly identifier: Buffer;
}

const signBytes = promisify(sign);

/**
 * The algorithm that follows from a key, as Go's library chooses it: SHA-256, or SHA-384 with P-384.
 * @throws Fault `CA_MATERIAL_INVALID` for keys that Istio's authority cannot have either.
 */
export function signatureAlgorithmOf(key: KeyObject): SignatureAlgorithm {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  if (asymmetricKeyType === 'rsa') return { digest: 'sha256', identifier: identifier('1.2.840.113549.1.1.11', true) };
  const curve = asymmetricKeyDetails?.namedCurve;
  if (curve === 'prime256v1') return { digest: 'sha256', identifier: identifier('1.2.840.10045.4.3.2', false) };
  if (curve === 'secp384r1') return { digest: 'sha384', identifier: identifier('1.2.840.10045.4.3.3', false) };
  throw caFault('CA_MATERIAL_INVALID', `a signing key of type ${asymmetricKeyType} ${curve ?? ''} is not supported`);
}

/** Signs on libuv's threads: the event loop goes on serving streams meanwhile. */
export function signWith(algorithm: SignatureAlgorithm, key: KeyObject, bytes: Uint8Array): Promise<Buffer> {
  return signBytes(algorithm.digest, bytes, key);
}

function identifier(oid: string, hasNull: boolean): Buffer {
  return toDer(hasNull ? sequenceOf(objectId(oid), nothing()) : sequenceOf(objectId(oid)));
}
