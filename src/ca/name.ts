import { objectId, sequenceOf, setOf, toDer, utf8 } from './asn1.ts';

const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';

/** X.520 allows a common name no more. */
const MAX_COMMON_NAME = 64;

/** The name `O=…`, DER: the subject of Istio's own roots. */
export function encodeOrganization(organization: string): Buffer {
  return toDer(sequenceOf(setOf(sequenceOf(objectId(ORGANIZATION), utf8(organization)))));
}

/**
 * The name `CN=…`, DER; undefined when the text is too long for one.
 * @see istio security/pkg/pki/util/dual_use.go `DualUseCommonName`
 */
export function encodeCommonName(commonName: string): Buffer | undefined {
  if (commonName.length > MAX_COMMON_NAME) return undefined;
  return toDer(sequenceOf(setOf(sequenceOf(objectId(COMMON_NAME), utf8(commonName)))));
}
