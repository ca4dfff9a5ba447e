import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';

/** A certificate and its key, PEM. */
export interface KeyedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What a cluster proves itself and others with. */
export interface ClusterKeys {
  /** Signs the server's certificate, and those of users who come with one. */
  readonly ca: KeyedCertificate;
  readonly server: KeyedCertificate;
  /** Signs the tokens of service accounts: an RSA key, as clusters have. */
  readonly serviceAccountKey: string;
}

interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

const DAY_MS = 86_400_000;

export async function createClusterKeys(): Promise<ClusterKeys> {
  const [caKey, serverKey, serviceAccountKey] = await Promise.all([createKey(), createKey(), createKey()]);
  const subject = { commonName: 'pilothouse test cluster' };
  const cert = certify({ subject, key: caKey, issuer: { subject, key: caKey }, extensions: CA_EXTENSIONS });
  return {
    ca: { cert, key: caKey },
    server: {
      cert: certify({
        subject: { commonName: 'kube-apiserver' },
        key: serverKey,
        issuer: { subject, key: caKey },
        extensions: toServer(['localhost', 'kubernetes.default.svc']),
      }),
      key: serverKey,
    },
    serviceAccountKey,
  };
}

/** A certificate that the cluster takes for a user, and for a member of groups. */
export async function createUserCertificate(
  ca: KeyedCertificate,
  user: string,
  groups: readonly string[] = [],
): Promise<KeyedCertificate> {
  const key = await createKey();
  const issuer = { subject: { commonName: 'pilothouse test cluster' }, key: ca.key };
  const extensions = [{ name: 'extKeyUsage', clientAuth: true }];
  return { cert: certify({ subject: { commonName: user, organizations: groups }, key, issuer, extensions }), key };
}

/** A certificate of a server on loopback with DNS names, signed by the cluster's authority. */
export async function createServerCertificate(
  ca: KeyedCertificate,
  names: readonly string[],
): Promise<KeyedCertificate> {
  const key = await createKey();
  const issuer = { subject: { commonName: 'pilothouse test cluster' }, key: ca.key };
  return { cert: certify({ subject: { commonName: names[0] ?? '' }, key, issuer, extensions: toServer(names) }), key };
}

async function createKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return privateKey;
}

const CA_EXTENSIONS = [
  { name: 'basicConstraints', critical: true, cA: true },
  { name: 'keyUsage', critical: true, keyCertSign: true, digitalSignature: true },
];

function toServer(names: readonly string[]): readonly object[] {
  const altNames = [{ type: 7, ip: '127.0.0.1' }, ...names.map((value) => ({ type: 2, value }))];
  return [
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames },
  ];
}

interface Certifying {
  readonly subject: Subject;
  /** Of the subject, PEM. */
  readonly key: string;
  readonly issuer: { readonly subject: Subject; readonly key: string };
  readonly extensions: readonly object[];
}

function certify({ subject, key, issuer, extensions }: Certifying): string {
  const { n, e } = forge.pki.privateKeyFromPem(key);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(n, e);
  // A first digit below 8 keeps the number positive.
  certificate.serialNumber = `1${randomBytes(8).toString('hex')}`;
  certificate.validity.notBefore = new Date(Date.now() - DAY_MS);
  certificate.validity.notAfter = new Date(Date.now() + 365 * DAY_MS);
  certificate.setSubject(toName(subject));
  certificate.setIssuer(toName(issuer.subject));
  certificate.setExtensions([...extensions]);
  certificate.sign(forge.pki.privateKeyFromPem(issuer.key), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}

function toName({ commonName, organizations = [] }: Subject): forge.pki.CertificateField[] {
  return [
    ...organizations.map((value) => ({ name: 'organizationName', value })),
    { name: 'commonName', value: commonName },
  ];
}
