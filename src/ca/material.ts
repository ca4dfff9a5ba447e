import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { checkRevocationLists } from './crl.ts';
import { caFault } from './fault.ts';
import { listPemBlocks, toPem } from './pem.ts';

/** What an authority signs with: complete, and checked to belong together. */
export interface CaMaterial {
  /** The certificate that signs leaves: a root that signed itself, or an intermediate. */
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
  /** Intermediates from the signing certificate to the root, without the root, PEM; empty for a root. */
  readonly chain: readonly string[];
  /** What peers trust. */
  readonly roots: readonly [X509Certificate, ...X509Certificate[]];
  /** Revocation lists, PEM, all in one; absent when there are none. */
  readonly crlPem?: string;
}

/** The PEM texts that material is read from. */
export interface MaterialTexts {
  readonly certificate: string;
  readonly key: string;
  readonly chain: string;
  readonly root: string;
  readonly crl?: string;
}

/**
 * Reads material and checks all of it: one half of a set that was exchanged must never sign.
 * @throws Fault `CA_MATERIAL_INVALID`, which says what is wrong in words for the operator.
 * @see istio security/pkg/pki/util/keycertbundle.go `NewVerifiedKeyCertBundleFromPem`
 */
export function parseMaterial(texts: MaterialTexts): CaMaterial {
  const [certificate] = parseCertificates(texts.certificate, 'the signing certificate');
  const [firstRoot, ...moreRoots] = parseCertificates(texts.root, 'the root certificate');
  if (certificate === undefined) throw invalid('the signing certificate is empty');
  if (firstRoot === undefined) throw invalid('the root certificate is empty');
  const key = parseKey(texts.key);
  if (!certificate.ca) throw invalid('the signing certificate is not one of an authority (CA:TRUE)');
  if (!certificate.checkPrivateKey(key)) throw invalid('the private key does not belong to the signing certificate');
  const given = parseCertificates(texts.chain, 'the certificate chain');
  const roots = [firstRoot, ...moreRoots] as const;
  const chain = isIn(roots, certificate) ? [] : given.filter((link) => !isIn(roots, link));
  const path = findPath(certificate, given, roots);
  if (path === undefined) throw invalid('the signing certificate does not lead to the root through the chain');
  const hasCrl = texts.crl !== undefined && texts.crl.trim() !== '';
  if (hasCrl) checkRevocationLists(texts.crl, path.length > 0 ? path : [certificate]);
  return {
    certificate,
    key,
    // The first link is the signing certificate in Istio's own files; files that leave it out mean the same.
    chain: chain.length > 0 && !isIn(chain, certificate) ? [certificate, ...chain].map(pemOf) : toChain(chain, path),
    roots,
    ...(hasCrl && { crlPem: texts.crl }),
  };
}

/** Every certificate of a PEM text, in its order. @throws Fault `CA_MATERIAL_INVALID` */
export function parseCertificates(pem: string, what: string): readonly X509Certificate[] {
  const blocks = listPemBlocks(pem).filter(({ label }) => label === 'CERTIFICATE');
  if (blocks.length === 0 && pem.trim() !== '') throw invalid(`${what} holds no PEM of a certificate`);
  return blocks.map(({ der }) => {
    try {
      return new X509Certificate(der);
    } catch (cause) {
      throw caFault('CA_MATERIAL_INVALID', `${what} cannot be read`, cause);
    }
  });
}

/** A certificate's PEM, with a newline at its end. */
export function pemOf(certificate: X509Certificate): string {
  return toPem('CERTIFICATE', certificate.raw);
}

/** Whether two certificates have the same key: what one signed, the other vouches for. */
export function hasSameKey(a: X509Certificate, b: X509Certificate): boolean {
  return a.publicKey.equals(b.publicKey);
}

/** Whether a certificate is among others, byte by byte. */
export function isIn(certificates: readonly X509Certificate[], wanted: X509Certificate): boolean {
  return certificates.some(({ raw }) => raw.equals(wanted.raw));
}

/** When a certificate ends, in milliseconds since 1970. */
export function notAfterOf(certificate: X509Certificate): number {
  return certificate.validToDate.getTime();
}

/** An intermediate without a chain of its own is its own chain. */
function toChain(chain: readonly X509Certificate[], path: readonly X509Certificate[]): readonly string[] {
  return (chain.length > 0 ? chain : path).map(pemOf);
}

/** The certificates from `leaf` up to below a root; undefined when there is no way. */
function findPath(
  leaf: X509Certificate,
  links: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): readonly X509Certificate[] | undefined {
  if (isIn(roots, leaf)) return [];
  const path: X509Certificate[] = [leaf];
  for (let at = leaf; path.length <= links.length + 1; ) {
    if (roots.some((root) => isIssuedBy(at, root))) return path;
    const next = links.find((link) => !isIn(path, link) && link.ca && isIssuedBy(at, link));
    if (next === undefined) return undefined;
    path.push(next);
    at = next;
  }
  return undefined;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function parseKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw caFault('CA_MATERIAL_INVALID', 'the private key cannot be read', cause);
  }
}

function invalid(why: string) {
  return caFault('CA_MATERIAL_INVALID', why);
}
