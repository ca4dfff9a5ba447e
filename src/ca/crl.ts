import { verify, type X509Certificate } from 'node:crypto';
import { caFault } from './fault.ts';
import { listPemBlocks } from './pem.ts';
import { findDigest, readSigned } from './signed-der.ts';

/**
 * Checks that revocation lists are of the authorities that they go with: proxies that get lists refuse every certificate
 * of an authority that has none among them.
 *
 * @param authorities Every certificate that needs a list of its own.
 * @throws Fault `CA_MATERIAL_INVALID`
 * @see RFC 5280 §5.1; istio security/pkg/pki/util/keycertbundle.go
 */
export function checkRevocationLists(pem: string, authorities: readonly X509Certificate[]): void {
  const blocks = listPemBlocks(pem).filter(({ label }) => label === 'X509 CRL');
  if (blocks.length === 0) throw caFault('CA_MATERIAL_INVALID', 'ca-crl.pem holds no PEM of a revocation list');
  const without = authorities.find((authority) => !blocks.some(({ der }) => isSignedBy(der, authority)));
  if (without !== undefined)
    throw caFault(
      'CA_MATERIAL_INVALID',
      `ca-crl.pem holds no list that ${without.subject.replaceAll('\n', ', ')} signed`,
    );
}

function isSignedBy(der: Buffer, { publicKey }: X509Certificate): boolean {
  try {
    const { signed, algorithm, signature } = readSigned(der);
    return verify(findDigest(der, algorithm, publicKey), signed, publicKey, signature);
  } catch {
    return false;
  }
}
