import type { Static } from 'typebox';
import { unreachable } from '../../kit/unreachable.ts';
import type { CertificateFiles, ServerCertificate, ServerTls } from '../../model/gateway.ts';
import type { CheckInput } from '../define-kind.ts';
import type { Pointer } from '../pointer.ts';
import { present } from '../present.ts';
import type { IssueReport } from '../report.ts';
import { choice, flag, listOf, object, text } from '../schema/fields.ts';

const TLS_CERTIFICATE = object('Files of one certificate.', {
  required: {},
  optional: {
    serverCertificate: text('File with the certificate.'),
    privateKey: text('File with the private key.'),
    caCertificates: text('File with the authorities that clients are checked against.'),
  },
});

const PROTOCOLS = ['TLS_AUTO', 'TLSV1_0', 'TLSV1_1', 'TLSV1_2', 'TLSV1_3'] as const;

/** How a server encrypts. */
export const SERVER_TLS = object('How connections are encrypted.', {
  required: {},
  optional: {
    httpsRedirect: flag('Whether plain HTTP is answered with a redirect to HTTPS.', { absent: 'false' }),
    mode: choice('Who shows a certificate to whom.', [
      'PASSTHROUGH',
      'SIMPLE',
      'MUTUAL',
      'AUTO_PASSTHROUGH',
      'ISTIO_MUTUAL',
      'OPTIONAL_MUTUAL',
    ]),
    serverCertificate: text('File with the certificate.'),
    privateKey: text('File with the private key.'),
    caCertificates: text('File with the authorities that clients are checked against.'),
    caCrl: text('File with revoked certificates.'),
    credentialName: text('Secret with certificate and key, in the namespace of the gateway; replaces the files.'),
    credentialNames: listOf(
      'Secrets with certificates of different kinds of key.',
      text('Name of the secret.', { minLength: 1 }),
      { minItems: 1, maxItems: 2 },
    ),
    caCertCredentialName: text('Secret with the authorities that clients are checked against.', {
      absent: "the first credential's name with -cacert behind it",
    }),
    tlsCertificates: listOf('Files of certificates of different kinds of key.', TLS_CERTIFICATE, {
      minItems: 1,
      maxItems: 2,
    }),
    subjectAltNames: listOf('Names of which a client must show one.', text('Name.', { minLength: 1 })),
    verifyCertificateSpki: listOf(
      'SHA-256 hashes, in base64, of public keys of which a client must have one.',
      text('Hash.', { format: 'spki-hash' }),
    ),
    verifyCertificateHash: listOf(
      'SHA-256 hashes, in hexadecimal, of certificates of which a client must have one.',
      text('Hash.', { format: 'certificate-hash' }),
    ),
    minProtocolVersion: choice('Lowest version of TLS.', PROTOCOLS, { absent: 'TLSV1_2' }),
    maxProtocolVersion: choice('Highest version of TLS.', PROTOCOLS, { absent: 'TLSV1_3' }),
    cipherSuites: listOf('Ciphers for TLS 1.2 and below.', text('Name as OpenSSL writes it.'), { absent: "Envoy's" }),
    insecureSkipVerify: flag("Whether a client's certificate goes unchecked.", { absent: 'false' }),
  },
});

export type WrittenServerTls = Static<typeof SERVER_TLS>;

// biome-ignore format: one key exchange a line
const CIPHERS: ReadonlySet<string> = new Set([
  'ECDHE-ECDSA-AES128-GCM-SHA256', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ECDHE-ECDSA-CHACHA20-POLY1305', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-ECDSA-AES256-SHA',
  'ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES256-GCM-SHA384', 'ECDHE-RSA-CHACHA20-POLY1305', 'ECDHE-RSA-AES128-SHA', 'ECDHE-RSA-AES256-SHA',
  'AES128-GCM-SHA256', 'AES256-GCM-SHA384', 'AES128-SHA', 'AES256-SHA', 'DES-CBC3-SHA', 'ALL',
]);

const OWN_FILES = [
  'serverCertificate',
  'privateKey',
  'caCertificates',
  'tlsCertificates',
  'credentialName',
  'credentialNames',
] as const;

export function checkServerTls(tls: WrittenServerTls, at: Pointer, { report }: CheckInput): void {
  const { mode = 'PASSTHROUGH' } = tls;
  checkVersions(tls, at, report);
  checkCiphers(tls.cipherSuites ?? [], at.to('cipherSuites'), report);
  switch (mode) {
    case 'ISTIO_MUTUAL':
      for (const field of listWritten(tls))
        report.add(
          'TLS_TWO_SOURCES',
          at.to(field),
          `${field} cannot stand beside mode ISTIO_MUTUAL, which uses the mesh's own certificates`,
          'key',
        );
      return;
    case 'PASSTHROUGH':
    case 'AUTO_PASSTHROUGH':
      for (const field of listWritten(tls))
        report.add(
          'FIELD_IGNORED',
          at.to(field),
          `${field} has no effect with mode ${mode}, which does not open connections`,
          'key',
        );
      return;
    case 'SIMPLE':
    case 'MUTUAL':
    case 'OPTIONAL_MUTUAL':
      return checkSource(tls, at, report);
    default:
      return unreachable(mode);
  }
}

function listWritten(tls: WrittenServerTls): readonly (typeof OWN_FILES)[number][] {
  return OWN_FILES.filter((field) => (tls[field]?.length ?? 0) > 0);
}

function checkVersions(
  { minProtocolVersion = 'TLS_AUTO', maxProtocolVersion = 'TLS_AUTO', cipherSuites = [] }: WrittenServerTls,
  at: Pointer,
  report: IssueReport,
): void {
  const isOld = minProtocolVersion === 'TLSV1_0' || minProtocolVersion === 'TLSV1_1';
  if (isOld && cipherSuites.length === 0) {
    report.add(
      'TLS_VERSION_OLD',
      at.to('minProtocolVersion'),
      `${minProtocolVersion} needs ciphers that are off by default: name them in cipherSuites`,
    );
  }
  const isUpsideDown =
    maxProtocolVersion !== 'TLS_AUTO' && PROTOCOLS.indexOf(minProtocolVersion) > PROTOCOLS.indexOf(maxProtocolVersion);
  if (isUpsideDown)
    report.add(
      'VALUE_RANGE',
      at.to('maxProtocolVersion'),
      `maxProtocolVersion ${maxProtocolVersion} is below minProtocolVersion ${minProtocolVersion}`,
    );
}

function checkCiphers(ciphers: readonly string[], at: Pointer, report: IssueReport): void {
  const seen = new Set<string>();
  for (const [index, cipher] of ciphers.entries()) {
    if (seen.has(cipher)) report.add('TLS_CIPHER', at.to(index), `cipher "${cipher}" is named twice`);
    // What begins with a sign is OpenSSL's own way of writing lists, which is passed on as it is.
    else if (/^[A-Za-z0-9]/.test(cipher) && !CIPHERS.has(cipher))
      report.add('TLS_CIPHER', at.to(index), `cipher "${cipher}" is not known and is left out`);
    seen.add(cipher);
  }
}

function checkSource(tls: WrittenServerTls, at: Pointer, report: IssueReport): void {
  const {
    mode,
    serverCertificate,
    privateKey,
    caCertificates,
    credentialName,
    credentialNames = [],
    tlsCertificates = [],
    caCrl,
  } = tls;
  const named = credentialName ? [credentialName] : credentialNames;
  const sources = [
    serverCertificate || privateKey ? 'serverCertificate' : '',
    credentialName ? 'credentialName' : '',
    credentialNames.length > 0 ? 'credentialNames' : '',
    tlsCertificates.length > 0 ? 'tlsCertificates' : '',
  ].filter((source) => source !== '');
  const [first, second] = sources;
  if (first !== undefined && second !== undefined) {
    report.add(
      'TLS_TWO_SOURCES',
      at.to(second),
      `certificates come from either ${first} or ${second}, not from both`,
      'key',
    );
    return;
  }
  if (caCrl && named.length > 0)
    report.add(
      'TLS_TWO_SOURCES',
      at.to('caCrl'),
      'caCrl cannot stand beside credentialName: put ca.crl into the secret',
      'key',
    );
  if (caCrl && mode === 'SIMPLE')
    report.add(
      'TLS_TWO_SOURCES',
      at.to('caCrl'),
      'caCrl cannot stand beside mode SIMPLE, which asks clients for no certificate',
      'key',
    );
  if (named.length > 0) return;
  checkFiles(tls, at, report);
  if (mode !== 'SIMPLE' && !caCertificates) {
    report.add(
      'GW_CREDENTIAL_MISSING',
      at.to('caCertificates'),
      `mode ${mode} checks clients, so it needs caCertificates or a credentialName`,
    );
  }
}

function checkFiles(
  { mode, serverCertificate, privateKey, tlsCertificates = [] }: WrittenServerTls,
  at: Pointer,
  report: IssueReport,
): void {
  for (const [index, pair] of tlsCertificates.entries()) {
    if (pair.serverCertificate && pair.privateKey) continue;
    report.add(
      'GW_CREDENTIAL_MISSING',
      at.to('tlsCertificates').to(index),
      'a certificate needs both serverCertificate and privateKey',
    );
  }
  if (tlsCertificates.length > 0) return;
  if (!serverCertificate && !privateKey) {
    report.add(
      'GW_CREDENTIAL_MISSING',
      at,
      `mode ${mode} needs a certificate: a credentialName, or serverCertificate and privateKey`,
    );
  } else if (!serverCertificate || !privateKey) {
    report.add(
      'GW_CREDENTIAL_MISSING',
      at,
      `${serverCertificate ? 'privateKey' : 'serverCertificate'} is missing, but a certificate and its key come together`,
    );
  }
}

export function parseServerTls(tls: WrittenServerTls): ServerTls {
  const {
    mode = 'PASSTHROUGH',
    subjectAltNames = [],
    verifyCertificateSpki = [],
    verifyCertificateHash = [],
    cipherSuites = [],
  } = tls;
  return {
    mode: toMode(mode),
    certificate: parseCertificate(tls),
    subjectAltNames,
    verifyCertificateSpki,
    verifyCertificateHash,
    minVersion: tls.minProtocolVersion ?? 'TLS_AUTO',
    maxVersion: tls.maxProtocolVersion ?? 'TLS_AUTO',
    cipherSuites: [...new Set(cipherSuites.filter((cipher) => !/^[A-Za-z0-9]/.test(cipher) || CIPHERS.has(cipher)))],
    insecureSkipVerify: tls.insecureSkipVerify ?? false,
  };
}

function toMode(mode: NonNullable<WrittenServerTls['mode']>): ServerTls['mode'] {
  switch (mode) {
    case 'PASSTHROUGH':
      return 'passthrough';
    case 'SIMPLE':
      return 'simple';
    case 'MUTUAL':
      return 'mutual';
    case 'OPTIONAL_MUTUAL':
      return 'optional-mutual';
    case 'ISTIO_MUTUAL':
      return 'istio-mutual';
    case 'AUTO_PASSTHROUGH':
      return 'auto-passthrough';
    default:
      return unreachable(mode);
  }
}

function parseCertificate(tls: WrittenServerTls): ServerCertificate {
  const {
    mode = 'PASSTHROUGH',
    credentialName,
    credentialNames = [],
    caCertCredentialName,
    caCertificates,
    caCrl,
  } = tls;
  if (mode === 'PASSTHROUGH' || mode === 'AUTO_PASSTHROUGH' || mode === 'ISTIO_MUTUAL') return { kind: 'none' };
  const [first, ...rest] = credentialName ? [credentialName] : credentialNames;
  if (first !== undefined)
    return { kind: 'credential', names: [first, ...rest], ...present({ caName: caCertCredentialName || undefined }) };
  const [pair, ...others] = listPairs(tls);
  if (pair === undefined) return { kind: 'none' };
  return {
    kind: 'files',
    pairs: [pair, ...others],
    ...present({ caCertificates: caCertificates || undefined, caCrl: caCrl || undefined }),
  };
}

function listPairs({
  serverCertificate,
  privateKey,
  tlsCertificates = [],
}: WrittenServerTls): readonly CertificateFiles[] {
  const written = tlsCertificates.length > 0 ? tlsCertificates : [{ serverCertificate, privateKey }];
  return written.flatMap(({ serverCertificate: certificate, privateKey: key }) =>
    certificate && key ? [{ certificate, privateKey: key }] : [],
  );
}
