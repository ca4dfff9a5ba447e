import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** A fault of certificates, as the rest of a sentence whose subject is the entry; `about` says which entry. */
export interface CertificateFault {
  readonly about: 'certificate' | 'key';
  readonly kind: 'invalid' | 'outdated';
  readonly fault: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[^-]*-----END \1-----/g;
/** Envoy refuses shorter ones. */
const MIN_RSA_BITS = 2048;
const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** What is wrong with a certificate chain and its private key, both PEM. Never says anything of the key itself. */
export function findPairFaults(
  chainPem: string,
  keyPem: string,
  nowMs: number | undefined,
): readonly CertificateFault[] {
  const chain = parseCertificates(chainPem);
  const key = parseKey(keyPem);
  const faults: CertificateFault[] = [];
  if (typeof chain === 'string') faults.push({ about: 'certificate', kind: 'invalid', fault: chain });
  if (typeof key === 'string') faults.push({ about: 'key', kind: 'invalid', fault: key });
  if (typeof chain === 'string' || typeof key === 'string') return faults;
  const [leaf] = chain;
  if (!leaf.checkPrivateKey(key))
    return [{ about: 'key', kind: 'invalid', fault: 'does not belong to the certificate' }];
  const fault = findKindFault(key) ?? findAgeFault(leaf, nowMs);
  return fault === undefined ? [] : [fault];
}

/** What is wrong with a bundle of authorities, PEM; `undefined` when nothing is. */
export function findBundleFault(bundlePem: string): string | undefined {
  const bundle = parseCertificates(bundlePem);
  return typeof bundle === 'string' ? bundle : undefined;
}

/** What is wrong with a list of revoked certificates, PEM; looks at the armour only. */
export function findRevocationFault(crlPem: string): string | undefined {
  return listBlocks(crlPem, 'X509 CRL').length > 0 ? undefined : 'holds no PEM block "X509 CRL"';
}

function parseCertificates(pem: string): readonly [X509Certificate, ...X509Certificate[]] | string {
  const [first, ...rest] = listBlocks(pem, 'CERTIFICATE');
  if (first === undefined) return 'holds no PEM block "CERTIFICATE"';
  try {
    return [new X509Certificate(first), ...rest.map((block) => new X509Certificate(block))];
  } catch {
    return 'holds a PEM block "CERTIFICATE" that is no certificate';
  }
}

function parseKey(pem: string): KeyObject | string {
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem))
    return 'is encrypted, so proxies cannot read it';
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) return 'holds no PEM block "PRIVATE KEY"';
  try {
    return createPrivateKey(pem);
  } catch {
    return 'holds a PEM block "PRIVATE KEY" that is no key';
  }
}

function listBlocks(pem: string, label: string): readonly string[] {
  return [...pem.matchAll(BLOCK)].filter(([, found]) => found === label).map(([block]) => block);
}

function findKindFault({
  asymmetricKeyType: type,
  asymmetricKeyDetails: details = {},
}: KeyObject): CertificateFault | undefined {
  if (type === 'rsa') {
    const { modulusLength: bits = 0 } = details;
    return bits < MIN_RSA_BITS ? unfit(`is an RSA key of ${bits} bits, expected at least ${MIN_RSA_BITS}`) : undefined;
  }
  if (type !== 'ec') return unfit(`is a key of type ${type ?? 'unknown'}, expected RSA or ECDSA`);
  const { namedCurve = 'unknown' } = details;
  return CURVES.has(namedCurve)
    ? undefined
    : unfit(`is a key on the curve ${namedCurve}, expected P-256, P-384 or P-521`);
}

function unfit(fault: string): CertificateFault {
  return { about: 'key', kind: 'invalid', fault };
}

function findAgeFault(
  { validFromDate, validToDate }: X509Certificate,
  nowMs: number | undefined,
): CertificateFault | undefined {
  if (nowMs === undefined) return undefined;
  if (validToDate.getTime() <= nowMs)
    return { about: 'certificate', kind: 'outdated', fault: `expired at ${validToDate.toISOString()}` };
  if (validFromDate.getTime() > nowMs)
    return { about: 'certificate', kind: 'outdated', fault: `is not valid before ${validFromDate.toISOString()}` };
  return undefined;
}
