import type { Static } from 'typebox';
import { unreachable } from '../../kit/unreachable.ts';
import type { ClientTls } from '../../model/traffic-policy.ts';
import type { Pointer } from '../pointer.ts';
import { present } from '../present.ts';
import type { IssueReport } from '../report.ts';
import { choice, flag, listOf, object, text } from '../schema/fields.ts';

/** How connections to a host are encrypted. */
export const CLIENT_TLS = object('How connections to the host are encrypted.', {
  required: {},
  optional: {
    mode: choice('Who shows a certificate to whom.', ['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL']),
    clientCertificate: text("File with the proxy's certificate, for MUTUAL."),
    privateKey: text("File with the proxy's private key, for MUTUAL."),
    caCertificates: text('File with the authorities that the host is checked against.', {
      absent: "the operating system's",
    }),
    credentialName: text(
      'Secret with certificate, key and authorities, in the namespace of the proxy; replaces the files.',
    ),
    subjectAltNames: listOf('Names of which the host must show one.', text('Name.')),
    sni: text('Name that is sent when the connection begins.', { maxLength: 255 }),
    insecureSkipVerify: flag('Whether the certificate of the host goes unchecked.', { absent: 'false' }),
    caCrl: text('File with revoked certificates.'),
  },
});

export type WrittenClientTls = Static<typeof CLIENT_TLS>;

interface ClientTlsInput {
  readonly report: IssueReport;
  /** Namespace of the object that the settings are written in. */
  readonly namespace: string;
}

const FILES = ['clientCertificate', 'privateKey', 'caCertificates', 'caCrl'] as const;

export function checkClientTls(tls: WrittenClientTls, at: Pointer, { report, namespace: own }: ClientTlsInput): void {
  const { mode = 'DISABLE', credentialName = '', insecureSkipVerify = false, subjectAltNames = [] } = tls;
  const [, namespace] = /^configmap:\/\/([^/]*)\//.exec(credentialName) ?? [];
  if (namespace !== undefined && namespace !== own) {
    report.add(
      'TLS_CREDENTIAL_FOREIGN',
      at.to('credentialName'),
      `${at.to('credentialName')} is in namespace "${namespace}", expected that of the rule, "${own}"`,
    );
  }
  checkSni(tls.sni, at.to('sni'), report);
  if (insecureSkipVerify) {
    if (tls.caCertificates)
      report.add(
        'TLS_UNVERIFIED',
        at.to('caCertificates'),
        'caCertificates cannot be checked when insecureSkipVerify is set',
        'key',
      );
    if (subjectAltNames.length > 0)
      report.add(
        'TLS_UNVERIFIED',
        at.to('subjectAltNames'),
        'subjectAltNames cannot be checked when insecureSkipVerify is set',
        'key',
      );
    if (mode === 'SIMPLE' && credentialName) {
      report.add(
        'TLS_UNVERIFIED',
        at.to('credentialName'),
        'credentialName brings authorities, which cannot be checked when insecureSkipVerify is set',
        'key',
      );
    }
  }
  if ((mode === 'SIMPLE' || mode === 'MUTUAL') && credentialName) {
    for (const file of FILES) {
      if (tls[file]) report.add('TLS_TWO_SOURCES', at.to(file), `${file} cannot stand beside credentialName`, 'key');
    }
  } else if (mode === 'MUTUAL') {
    for (const file of ['clientCertificate', 'privateKey'] as const) {
      if (!tls[file])
        report.add(
          'TLS_CERTIFICATE_MISSING',
          at.to(file),
          `${at.to(file)} is missing, but mode MUTUAL needs it, or credentialName`,
        );
    }
  }
}

const MAX_SNI_BYTES = 255;

function checkSni(sni = '', at: Pointer, report: IssueReport): void {
  const bytes = Buffer.byteLength(sni);
  if (bytes > MAX_SNI_BYTES)
    report.add('VALUE_RANGE', at, `${at} is ${bytes} bytes long, expected at most ${MAX_SNI_BYTES}`);
  if (sni.includes('\0')) report.add('HOST_INVALID', at, `${at} has a NUL character, which no name has`);
}

export function parseClientTls(tls: WrittenClientTls): ClientTls {
  const { mode = 'DISABLE', subjectAltNames = [], insecureSkipVerify = false } = tls;
  const sni = present({ sni: tls.sni || undefined });
  switch (mode) {
    case 'DISABLE':
      return { mode: 'disable' };
    case 'ISTIO_MUTUAL':
      return { mode: 'istio-mutual', subjectAltNames, ...sni };
    case 'SIMPLE':
    case 'MUTUAL':
      return {
        mode: mode === 'SIMPLE' ? 'simple' : 'mutual',
        subjectAltNames,
        insecureSkipVerify,
        ...sni,
        ...present({
          credentialName: tls.credentialName || undefined,
          clientCertificate: tls.clientCertificate || undefined,
          privateKey: tls.privateKey || undefined,
          caCertificates: tls.caCertificates || undefined,
          caCrl: tls.caCrl || undefined,
        }),
      };
    default:
      return unreachable(mode);
  }
}
