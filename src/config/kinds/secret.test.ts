import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readIssues } from '../../../test/support/issues.ts';
import { createCertificate } from '../../../test/support/certificate.ts';
import { DEFAULT_CONTEXT } from '../context.ts';
import { parseObject } from '../parse-object.ts';

const RIGHT = createCertificate();
const OTHER = createCertificate();
const WEAK = createCertificate({ bits: 1024 });
const NOW_MS = Date.parse('2030-01-01');
const OLD = createCertificate({ notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') });
const YOUNG = createCertificate({ notBefore: new Date('2031-01-01'), notAfter: new Date('2032-01-01') });
const BROKEN = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const BROKEN_KEY = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
const LOCKED_KEY = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n';
const ED25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

function read(fields: object) {
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', resourceVersion: '1' }, ...fields };
  return parseObject({ cluster: 'test', object }, { ...DEFAULT_CONTEXT, nowMs: NOW_MS });
}

function issuesOf(stringData: Readonly<Record<string, string>>, type = 'Opaque'): readonly string[] {
  return read({ type, stringData }).issues.map(
    ({ severity, code, path, message }) => `${severity} ${code} ${path.join('/')}: ${message}`,
  );
}

describe('Secret', () => {
  it('decodes its data, over which plain text wins', () => {
    const { object } = read({ data: { a: 'aGVsbG8=', b: 'eA==\n' }, stringData: { b: 'y' } });
    expect(object?.value).toEqual({ meta: object?.meta, type: 'Opaque', data: { a: 'hello', b: 'y' } });
  });

  it.each([
    { when: 'a pair is right', data: { 'tls.crt': RIGHT.certificate, 'tls.key': RIGHT.key }, issues: [] },
    { when: 'it has what no gateway asks for', data: { key: 'x', password: 'y' }, issues: [] },
    { when: 'a bundle is right', data: { cacert: RIGHT.certificate + OTHER.certificate }, issues: [] },
    {
      when: 'a certificate is none',
      data: { cert: 'hello', key: RIGHT.key },
      issues: ['error CERT_INVALID stringData/cert: cert holds no PEM block "CERTIFICATE"'],
    },
    {
      when: 'a certificate and its key are broken',
      data: { 'tls.crt': BROKEN, 'tls.key': BROKEN_KEY },
      issues: [
        'error CERT_INVALID stringData/tls.crt: tls.crt holds a PEM block "CERTIFICATE" that is no certificate',
        'error CERT_INVALID stringData/tls.key: tls.key holds a PEM block "PRIVATE KEY" that is no key',
      ],
    },
    {
      when: 'a key is none',
      data: { 'tls.crt': RIGHT.certificate, 'tls.key': RIGHT.certificate },
      issues: ['error CERT_INVALID stringData/tls.key: tls.key holds no PEM block "PRIVATE KEY"'],
    },
    {
      when: 'a key is encrypted',
      data: { 'tls.crt': RIGHT.certificate, 'tls.key': LOCKED_KEY },
      issues: ['error CERT_INVALID stringData/tls.key: tls.key is encrypted, so proxies cannot read it'],
    },
    {
      when: 'a key belongs to another certificate',
      data: { 'tls.crt': RIGHT.certificate, 'tls.key': OTHER.key },
      issues: ['error CERT_INVALID stringData/tls.key: tls.key does not belong to the certificate'],
    },
    {
      when: 'a key is of a kind that no certificate here has',
      data: { 'tls.crt': RIGHT.certificate, 'tls.key': ED25519 },
      issues: ['error CERT_INVALID stringData/tls.key: tls.key does not belong to the certificate'],
    },
    {
      when: 'a key is weak',
      data: { 'tls.crt': WEAK.certificate, 'tls.key': WEAK.key },
      issues: ['error CERT_INVALID stringData/tls.key: tls.key is an RSA key of 1024 bits, expected at least 2048'],
    },
    {
      when: 'a certificate has expired',
      data: { 'tls.crt': OLD.certificate, 'tls.key': OLD.key },
      issues: ['warning CERT_OUTDATED stringData/tls.crt: tls.crt expired at 2021-01-01T00:00:00.000Z'],
    },
    {
      when: 'a certificate is not valid yet',
      data: { 'tls.crt': YOUNG.certificate, 'tls.key': YOUNG.key },
      issues: ['warning CERT_OUTDATED stringData/tls.crt: tls.crt is not valid before 2031-01-01T00:00:00.000Z'],
    },
    {
      when: 'a bundle and a list of revoked certificates are broken',
      data: { 'ca.crt': BROKEN, 'ca.crl': 'x' },
      issues: [
        'error CERT_INVALID stringData/ca.crt: ca.crt holds a PEM block "CERTIFICATE" that is no certificate',
        'error CERT_INVALID stringData/ca.crl: ca.crl holds no PEM block "X509 CRL"',
      ],
    },
  ])('says so when $when', ({ data, issues }) => {
    expect(issuesOf(data)).toEqual(issues);
  });

  it('misses the halves of a TLS secret', () => {
    expect(issuesOf({ 'tls.crt': RIGHT.certificate }, 'kubernetes.io/tls')).toEqual([
      'error CERT_INVALID data/tls.key: tls.key is missing or empty, but a secret of type kubernetes.io/tls holds tls.crt and tls.key',
    ]);
  });

  it('refuses data that is not base64', () => {
    const { issues } = read({ data: { a: 'not base64!' } });
    expect(issues.map(({ code, path }) => ({ code, path }))).toEqual([{ code: 'BASE64_INVALID', path: ['data', 'a'] }]);
  });

  const PASSWORD = 'hunter2-do-not-tell';
  const KEY_LINE = RIGHT.key.split('\n')[1] ?? '';

  it.each([
    { what: 'data that is not base64', fields: { data: { a: PASSWORD, 'tls.key': RIGHT.key } } },
    { what: 'data that is a number', fields: { data: { a: 20_481_234 }, stringData: { b: 20_481_234 } } },
    { what: 'data in an object or a list', fields: { data: { a: { b: PASSWORD } }, stringData: { c: [RIGHT.key] } } },
    { what: 'data that is no object', fields: { data: RIGHT.key, stringData: [PASSWORD] } },
    { what: 'a type that is none', fields: { type: 5, data: { a: KEY_LINE } } },
    { what: 'a key as certificate', fields: { stringData: { 'tls.crt': RIGHT.key, 'tls.key': PASSWORD } } },
    {
      what: 'a key as bundle and list',
      fields: { stringData: { cacert: RIGHT.key, 'ca.crl': RIGHT.key, crl: PASSWORD } },
    },
    { what: 'a broken key', fields: { stringData: { cert: RIGHT.certificate, key: RIGHT.key.replaceAll('A', '') } } },
    { what: 'a key of another', fields: { stringData: { cert: OTHER.certificate, key: RIGHT.key } } },
  ])('never repeats $what', ({ fields }) => {
    const told = JSON.stringify(read(fields).issues);
    const secrets = [PASSWORD, KEY_LINE, '20481234', ...RIGHT.key.split('\n').slice(1, 3)];
    expect(secrets.filter((secret) => secret !== '' && told.includes(secret.slice(0, 16)))).toEqual([]);
  });

  it.each(['*hunter2', '!hunter2 x', '&hunter2 *x', '"hunter2', '{hunter2', '%hunter2', '@hunter2', '`hunter2'])(
    'never repeats a password that breaks its text: %s',
    (password) => {
      const text = `apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData:\n  password: ${password}\n`;
      expect(readIssues(text).filter((issue) => issue.includes('hunter2'))).toEqual([]);
    },
  );
});
