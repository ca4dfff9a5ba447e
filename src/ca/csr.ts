import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { promisify } from 'node:util';
import { type DerElement, listMembers, TAG } from './der.ts';
import { caFault } from './fault.ts';
import { findDigest, readSigned } from './signed-der.ts';

/** A request whose own signature verified: its sender has the private key. It says nothing of who the sender is. */
export interface VerifiedCsr {
  /** SubjectPublicKeyInfo, DER: what goes into the certificate. */
  readonly publicKeyDer: Buffer;
  /** Whether its subject has a common name that is not empty. */
  readonly hasCommonName: boolean;
}

/** The largest request that is looked at, in characters of PEM: an RSA key of 8192 bits needs a quarter of it. */
const MAX_CSR_CHARS = 16 * 1024;
const MIN_RSA_BITS = 2048;
/** Beyond it one signature check takes long enough to be an attack. */
const MAX_RSA_BITS = 8192;
const MAX_RSA_EXPONENT = 2n ** 32n;
const CURVES = new Set(['prime256v1', 'secp384r1']);

const PEM =
  /-----BEGIN (NEW )?CERTIFICATE REQUEST-----\r?\n([A-Za-z0-9+/=\r\n \t]*)-----END (NEW )?CERTIFICATE REQUEST-----/;

const COMMON_NAME = '550403';

const verifySignature = promisify(verify);

/**
 * Reads a PKCS #10 request that a stranger sent, and verifies its signature off the event loop.
 *
 * Everything in it but the public key is left aside, above all the names that it asks for.
 * @param unverifiedPem At most 16 KiB; RSA of 2048 to 8192 bits, ECDSA on P-256 or P-384, Ed25519.
 * @throws Fault `CA_CSR_INVALID`
 * @see RFC 2986; istio security/pkg/pki/util/crypto.go `ParsePemEncodedCSR`
 */
export async function parseCsr(unverifiedPem: string): Promise<VerifiedCsr> {
  const der = decodePem(unverifiedPem);
  const { content, signed, algorithm, signature } = readSigned(der);
  const [version, subject, publicKey] = listMembers(der, content);
  if (version?.tag !== TAG.integer || subject?.tag !== TAG.sequence || publicKey?.tag !== TAG.sequence)
    throw invalid('the CSR has no version, subject or public key');
  const publicKeyDer = der.subarray(publicKey.start, publicKey.end);
  const key = readPublicKey(publicKeyDer);
  const digest = findDigest(der, algorithm, key);
  const isSigned = await verifySignature(digest, signed, key, signature).catch(() => false);
  if (!isSigned) throw invalid("the CSR's signature is not of its own key");
  return { publicKeyDer, hasCommonName: hasCommonName(der, subject) };
}

function decodePem(pem: string): Buffer {
  if (pem.length > MAX_CSR_CHARS) throw invalid(`the CSR is longer than ${MAX_CSR_CHARS} characters`);
  const body = PEM.exec(pem)?.[2];
  if (body === undefined) throw invalid('the CSR is not PEM of a certificate request');
  return Buffer.from(body, 'base64');
}

function readPublicKey(der: Buffer): KeyObject {
  const key = decodePublicKey(der);
  const { modulusLength = 0, publicExponent = 0n, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (modulusLength < MIN_RSA_BITS)
        throw invalid(`the RSA key has ${modulusLength} bits, less than ${MIN_RSA_BITS}`);
      if (modulusLength > MAX_RSA_BITS)
        throw invalid(`the RSA key has ${modulusLength} bits, more than ${MAX_RSA_BITS}`);
      if (publicExponent < 3n || publicExponent > MAX_RSA_EXPONENT || publicExponent % 2n === 0n)
        throw invalid("the RSA key's exponent is out of bounds");
      return key;
    case 'ec':
      if (!CURVES.has(namedCurve)) throw invalid(`the curve ${namedCurve} is not P-256 or P-384`);
      return key;
    case 'ed25519':
      return key;
    default:
      throw invalid('the public key is neither RSA nor ECDSA nor Ed25519');
  }
}

function decodePublicKey(der: Buffer): KeyObject {
  try {
    return createPublicKey({ key: der, format: 'der', type: 'spki' });
  } catch (cause) {
    throw caFault('CA_CSR_INVALID', 'the public key cannot be read', cause);
  }
}

/** A name is a sequence of sets of pairs. @see RFC 5280 §4.1.2.4 */
function hasCommonName(der: Buffer, subject: DerElement): boolean {
  return listMembers(der, subject).some((set) =>
    listMembers(der, set).some((pair) => {
      const [type, value] = listMembers(der, pair);
      return type !== undefined && value !== undefined && value.end > value.body && isCommonName(der, type);
    }),
  );
}

function isCommonName(der: Buffer, type: DerElement): boolean {
  return type.tag === TAG.oid && der.toString('hex', type.body, type.end) === COMMON_NAME;
}

function invalid(why: string) {
  return caFault('CA_CSR_INVALID', why);
}
