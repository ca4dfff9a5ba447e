import { generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';

export interface CertificateOptions {
  readonly bits?: number;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** DNS names that it is for, besides the subject's. */
  readonly names?: readonly string[];
}

/** A self-signed certificate of `test.example` and its RSA key, PEM. */
export function createCertificate(options: CertificateOptions = {}): {
  readonly certificate: string;
  readonly key: string;
} {
  const { bits = 2048, notBefore = new Date('2026-01-01'), notAfter = new Date('2036-01-01'), names = [] } = options;
  const pair = generateKeyPairSync('rsa', {
    modulusLength: bits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  certificate.serialNumber = '01';
  certificate.validity.notBefore = notBefore;
  certificate.validity.notAfter = notAfter;
  const name = [{ name: 'commonName', value: 'test.example' }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  const altNames = names.map((value) => ({ type: 2, value }));
  if (altNames.length > 0) certificate.setExtensions([{ name: 'subjectAltName', altNames }]);
  certificate.sign(forge.pki.privateKeyFromPem(pair.privateKey), forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(certificate), key: pair.privateKey };
}
