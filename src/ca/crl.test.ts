import { sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { signatureAlgorithmOf } from './algorithm.ts';
import { checkRevocationLists } from './crl.ts';
import { encodeElement, encodeTime, encodeUnsigned, TAG } from './der.ts';
import { readIssuerName } from './issuer-name.ts';
import type { CaMaterial } from './material.ts';
import { toPem } from './pem.ts';
import { createRoot } from './root-certificate.ts';

const nowMs = Date.now();
const rsa = await createRoot({ trustDomain: 'a', key: { type: 'rsa', bits: 2048 }, ttlMs: 1e10, nowMs });
const ec = await createRoot({ trustDomain: 'b', key: { type: 'ec', curve: 'P-384' }, ttlMs: 1e10, nowMs });

/** A list on which nothing stands. */
function createList({ certificate, key }: CaMaterial): string {
  const { identifier, digest } = signatureAlgorithmOf(key);
  const times = [encodeTime(nowMs), encodeTime(nowMs + 1e9)];
  const signed = encodeElement(
    TAG.sequence,
    encodeUnsigned(Buffer.of(1)),
    identifier,
    readIssuerName(certificate).subject,
    ...times,
  );
  const signature = encodeElement(TAG.bitString, Buffer.of(0), sign(digest, signed, key));
  return toPem('X509 CRL', encodeElement(TAG.sequence, signed, identifier, signature));
}

describe('checkRevocationLists', () => {
  it.each([
    { what: 'a list of each authority', pem: createList(ec) + createList(rsa), says: '' },
    { what: 'a list of one alone', pem: createList(rsa), says: 'ca-crl.pem holds no list that O=b signed' },
    { what: 'no list', pem: 'nothing', says: 'ca-crl.pem holds no PEM of a revocation list' },
    {
      what: 'bytes',
      pem: toPem('X509 CRL', Buffer.from('nonsense')),
      says: 'ca-crl.pem holds no list that O=a signed',
    },
  ])('says "$says" of $what', ({ pem, says }) => {
    const check = () => checkRevocationLists(pem, [rsa.certificate, ec.certificate]);
    if (says === '') expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code: 'CA_MATERIAL_INVALID', message: says }));
  });
});
