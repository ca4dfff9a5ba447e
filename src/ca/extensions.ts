import { isIP } from 'node:net';
import { type Asn1, bits, objectId, octets, sequenceOf, tagged, toDer, truth } from './asn1.ts';

const OID = {
  subjectKeyId: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyId: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const;

const DIGITAL_SIGNATURE_AND_KEY_ENCIPHERMENT = bits([0xa0], 5);
const CERT_SIGN = bits([0x04], 2);

/** GeneralName's choices. @see RFC 5280 §4.2.1.6 */
const DNS_NAME = 2;
const URI = 6;
const IP_ADDRESS = 7;

/**
 * What is the same in all leaves of one authority, DER, in the order in which Go's library writes them.
 * @param authorityKeyId Subject key identifier of the signing certificate; left out where that has none.
 * @see istio security/pkg/pki/util/generate_cert.go `genCertTemplateFromCSR`
 */
export function encodeLeafExtensions(authorityKeyId: Buffer | undefined): Buffer {
  const usages = sequenceOf(objectId(OID.serverAuth), objectId(OID.clientAuth));
  return Buffer.concat([
    extension(OID.keyUsage, DIGITAL_SIGNATURE_AND_KEY_ENCIPHERMENT, 'critical'),
    extension(OID.extendedKeyUsage, usages),
    extension(OID.basicConstraints, sequenceOf(), 'critical'),
    ...(authorityKeyId === undefined ? [] : [extension(OID.authorityKeyId, sequenceOf(tagged(0, authorityKeyId)))]),
  ]);
}

/** The extensions of a root that signs itself, DER. */
export function encodeRootExtensions(subjectKeyId: Buffer): Buffer {
  return Buffer.concat([
    extension(OID.keyUsage, CERT_SIGN, 'critical'),
    extension(OID.basicConstraints, sequenceOf(truth()), 'critical'),
    extension(OID.subjectKeyId, octets(subjectKeyId)),
  ]);
}

/** The extensions of an authority's certificate that another authority signed, DER. */
export function encodeBridgeExtensions(subjectKeyId: Buffer, authorityKeyId: Buffer): Buffer {
  const issuer = sequenceOf(tagged(0, authorityKeyId));
  return Buffer.concat([encodeRootExtensions(subjectKeyId), extension(OID.authorityKeyId, issuer)]);
}

/**
 * The names of a certificate, DER. Critical, since the subject is empty.
 * @param names `spiffe://…` is a URI, an address is one, all else is a DNS name.
 * @see istio security/pkg/pki/util/san.go `BuildSubjectAltNameExtension`
 */
export function encodeSubjectAltNames(names: readonly string[]): Buffer {
  return extension(OID.subjectAltName, sequenceOf(...names.map(toGeneralName)), 'critical');
}

function toGeneralName(name: string): Asn1 {
  if (name.startsWith('spiffe://')) return tagged(URI, Buffer.from(name, 'utf8'));
  if (isIP(name) !== 0) return tagged(IP_ADDRESS, encodeAddress(name));
  return tagged(DNS_NAME, Buffer.from(name, 'utf8'));
}

function encodeAddress(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number));
  // The URL parser writes any form of an IPv6 address as hexadecimal groups, `::` once at most.
  const [head = '', tail] = new URL(`http://[${address.replace(/%.*$/, '')}]`).hostname.slice(1, -1).split('::');
  const before = head.split(':').filter((group) => group !== '');
  const after = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const groups = [...before, ...zeros, ...after];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function extension(oid: string, value: Asn1, critical?: 'critical'): Buffer {
  const content = octets(toDer(value));
  return toDer(critical ? sequenceOf(objectId(oid), truth(), content) : sequenceOf(objectId(oid), content));
}
