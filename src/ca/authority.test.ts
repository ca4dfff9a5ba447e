import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../kit/fake-clock.ts';
import { configureLogs } from '../kit/log.ts';
import { CertificateAuthority } from './authority.ts';
import { createBridge } from './bridge.ts';
import { parseMaterial, pemOf } from './material.ts';
import { createRoot, type KeyChoice, toKeyPem } from './root-certificate.ts';
import { createTestCsr, createTestKey, readCertificate } from './testing.ts';

const HOUR_MS = 3_600_000;
const START = Date.UTC(2026, 0, 1);
const WORKLOAD = 'spiffe://cluster.local/ns/shop/sa/reviews';
const workloadKey = createTestKey();
const folder = mkdtempSync(path.join(tmpdir(), 'pilothouse-ca-'));

beforeAll(() => configureLogs({ levels: new Map([['default', 'none']]) }));
afterAll(() => rmSync(folder, { recursive: true }));

async function createAuthority(key: KeyChoice = { type: 'ec', curve: 'P-256' }, ttlMs = 87_600 * HOUR_MS) {
  const clock = new FakeClock(START);
  const authority = new CertificateAuthority({ clock });
  authority.adopt(await createRoot({ trustDomain: 'cluster.local', key, ttlMs, nowMs: clock.now() }));
  return { authority, clock };
}

/** What openssl says of a certificate; it is a second opinion, and on every machine that tests run on. */
function describeByOpenssl(pem: string | undefined): string {
  return execFileSync('openssl', ['x509', '-noout', '-text'], { input: pem ?? '', encoding: 'utf8' });
}

function extensionsOf(text: string): Readonly<Record<string, string>> {
  const found = text.matchAll(/^ {12}(X509v3 [^:]+): ?(critical)?\s*\n {16}(.*)$/gm);
  return Object.fromEntries(
    Array.from(found, ([, name, critical, value]) => [`${name}${critical ? '!' : ''}`, value?.trim() ?? '']),
  );
}

describe('CertificateAuthority.signCsr', () => {
  it.each<{ key: KeyChoice; signature: string }>([
    { key: { type: 'rsa', bits: 2048 }, signature: 'sha256WithRSAEncryption' },
    { key: { type: 'ec', curve: 'P-256' }, signature: 'ecdsa-with-SHA256' },
    { key: { type: 'ec', curve: 'P-384' }, signature: 'ecdsa-with-SHA384' },
  ])('signs leaves that openssl accepts with a $key.type key, $signature', async ({ key, signature }) => {
    const { authority } = await createAuthority(key);
    const { chain } = await authority.signCsr(createTestCsr({ key: workloadKey }), [WORKLOAD], 0);
    const files = { root: path.join(folder, 'root.pem'), leaf: path.join(folder, 'leaf.pem') };
    writeFileSync(files.root, chain.at(-1) ?? '');
    writeFileSync(files.leaf, chain[0]);
    const at = String(START / 1000 + 60);
    const arguments_ = [
      'verify',
      '-x509_strict',
      '-attime',
      at,
      '-purpose',
      'sslclient',
      '-CAfile',
      files.root,
      files.leaf,
    ];
    expect(existsSync(files.leaf) && execFileSync('openssl', arguments_, { encoding: 'utf8' })).toBe(
      `${files.leaf}: OK\n`,
    );
    expect(describeByOpenssl(chain[0])).toContain(`Signature Algorithm: ${signature}`);
  });

  it("writes the extensions that Istio's leaves have", async () => {
    const { authority } = await createAuthority();
    const { chain } = await authority.signCsr(createTestCsr({ key: workloadKey }), [WORKLOAD], 0);
    const root = extensionsOf(describeByOpenssl(chain[1]));
    expect(extensionsOf(describeByOpenssl(chain[0]))).toEqual({
      'X509v3 Key Usage!': 'Digital Signature, Key Encipherment',
      'X509v3 Extended Key Usage': 'TLS Web Server Authentication, TLS Web Client Authentication',
      'X509v3 Basic Constraints!': 'CA:FALSE',
      'X509v3 Authority Key Identifier': root['X509v3 Subject Key Identifier'],
      'X509v3 Subject Alternative Name!': `URI:${WORKLOAD}`,
    });
  });

  it('takes names from the caller, and none from the CSR', async () => {
    const { authority } = await createAuthority();
    const csr = createTestCsr({
      key: workloadKey,
      commonName: 'admin',
      names: ['spiffe://cluster.local/ns/kube-system/sa/admin', 'a.b'],
    });
    const { chain } = await authority.signCsr(csr, [WORKLOAD], 0);
    const leaf = readCertificate(chain[0]);
    expect([leaf.subject, leaf.subjectAltName, leaf.ca]).toEqual([`CN=${WORKLOAD}`, `URI:${WORKLOAD}`, false]);
  });

  it.each([
    { when: 'nothing is asked for', ttlMs: 0, rootMs: 1000 * HOUR_MS, lifeMs: 24 * HOUR_MS },
    { when: 'less than nothing is', ttlMs: -5, rootMs: 1000 * HOUR_MS, lifeMs: 24 * HOUR_MS },
    { when: 'an hour is', ttlMs: HOUR_MS, rootMs: 1000 * HOUR_MS, lifeMs: HOUR_MS },
    { when: 'the longest is', ttlMs: 2160 * HOUR_MS, rootMs: 9000 * HOUR_MS, lifeMs: 2160 * HOUR_MS },
    { when: 'the root ends before', ttlMs: 10 * HOUR_MS, rootMs: 2 * HOUR_MS, lifeMs: 2 * HOUR_MS },
  ])('gives a life of $lifeMs ms, back-dated two minutes, when $when', async ({ ttlMs, rootMs, lifeMs }) => {
    const { authority } = await createAuthority(undefined, rootMs);
    const { chain, notAfterMs } = await authority.signCsr(createTestCsr({ key: workloadKey }), [WORKLOAD], ttlMs);
    const leaf = readCertificate(chain[0]);
    const expected = [START - 120_000, START + lifeMs, START + lifeMs];
    expect([leaf.validFromDate.getTime(), leaf.validToDate.getTime(), notAfterMs]).toEqual(expected);
  });

  it('omits a common name that is too long for one', async () => {
    const { authority } = await createAuthority();
    const long = `spiffe://cluster.local/ns/${'n'.repeat(40)}/sa/${'s'.repeat(20)}`;
    const { chain } = await authority.signCsr(createTestCsr({ key: workloadKey, commonName: 'x' }), [long], 0);
    expect([readCertificate(chain[0]).subject, readCertificate(chain[0]).subjectAltName]).toEqual([
      undefined,
      `URI:${long}`,
    ]);
  });

  it('gives every leaf a serial number of its own, 128 random bits', async () => {
    const { authority } = await createAuthority();
    const csr = createTestCsr({ key: workloadKey });
    const signed = await Promise.all(Array.from({ length: 50 }, () => authority.signCsr(csr, [WORKLOAD], 0)));
    const serials = new Set(signed.map(({ chain }) => readCertificate(chain[0]).serialNumber));
    expect([serials.size, Math.max(...[...serials].map((serial) => serial.length))]).toEqual([50, 32]);
  });

  it.each([
    { when: 'it asks for more than 90 days', ttlMs: 2161 * HOUR_MS, laterMs: 0, code: 'CA_TTL_TOO_LONG' },
    { when: 'the signing certificate has expired', ttlMs: 0, laterMs: 3 * HOUR_MS, code: 'CA_EXPIRED' },
  ])('refuses when $when', async ({ ttlMs, laterMs, code }) => {
    const { authority, clock } = await createAuthority(undefined, 2 * HOUR_MS);
    await clock.advance(laterMs);
    await expect(authority.signCsr(createTestCsr({ key: workloadKey }), [WORKLOAD], ttlMs)).rejects.toMatchObject({
      code,
    });
  });

  it('refuses while there is no key', async () => {
    const authority = new CertificateAuthority({ clock: new FakeClock() });
    await expect(authority.signCsr('', [WORKLOAD], 0)).rejects.toMatchObject({ code: 'CA_NOT_READY', retry: true });
  });
});

describe('The chain of an intermediate', () => {
  it('is the leaf, the intermediate, and all roots in one', async () => {
    const key = { type: 'ec', curve: 'P-256' } as const;
    const [root, other, own] = await Promise.all(
      ['root', 'other', 'own'].map((trustDomain) => createRoot({ trustDomain, key, ttlMs: 1e10, nowMs: START })),
    );
    if (root === undefined || other === undefined || own === undefined) throw new Error('there are three');
    const intermediate = await createBridge(root, own.certificate, { notBeforeMs: START, notAfterMs: START + 1e9 });
    const roots = [root, other].map(({ certificate }) => pemOf(certificate)).join('');
    const authority = new CertificateAuthority({ clock: new FakeClock(START) });
    const texts = { certificate: intermediate ?? '', key: toKeyPem(own.key), chain: intermediate ?? '', root: roots };
    authority.adopt(parseMaterial(texts));
    const { chain } = await authority.signCsr(createTestCsr({ key: workloadKey }), [WORKLOAD], 0);
    expect([chain.length, chain[1], chain[2]]).toEqual([3, intermediate, roots]);
    expect(readCertificate(chain[0]).verify(own.certificate.publicKey)).toBe(true);
    authority.close();
  });
});

describe('CertificateAuthority.bridgeTo', () => {
  it.each<{ key: KeyChoice }>([{ key: { type: 'rsa', bits: 2048 } }, { key: { type: 'ec', curve: 'P-256' } }])(
    'makes new leaves good for peers that know only the old root, $key.type',
    async ({ key }) => {
      const { authority, clock } = await createAuthority(key);
      const roots = { old: path.join(folder, 'old.pem'), next: path.join(folder, 'next.pem') };
      const next = await createRoot({ trustDomain: 'cluster.local', key, ttlMs: 9e11, nowMs: clock.now() });
      writeFileSync(roots.old, authority.bundle.current().pem);
      writeFileSync(roots.next, next.certificate.toString());
      authority.adopt(next, await authority.bridgeTo(next));
      const { chain } = await authority.signCsr(createTestCsr({ key: workloadKey }), [WORKLOAD], 0);
      const leaf = path.join(folder, 'leaf.pem');
      const bridge = path.join(folder, 'bridge.pem');
      writeFileSync(leaf, chain[0]);
      writeFileSync(bridge, chain[1] ?? '');
      const verify = (root: string) => {
        const at = ['-x509_strict', '-attime', String(START / 1000 + 60)];
        return execFileSync('openssl', ['verify', ...at, '-CAfile', root, '-untrusted', bridge, leaf], {
          encoding: 'utf8',
        });
      };
      expect([chain.length, verify(roots.old), verify(roots.next)]).toEqual([3, `${leaf}: OK\n`, `${leaf}: OK\n`]);
    },
  );
});

describe('CertificateAuthority.adopt', () => {
  it('trusts a replaced root until the last leaf under it has expired', async () => {
    const { authority, clock } = await createAuthority();
    await authority.signCsr(createTestCsr({ key: workloadKey }), [WORKLOAD], 48 * HOUR_MS);
    const key = { type: 'ec', curve: 'P-256' } as const;
    authority.adopt(await createRoot({ trustDomain: 'cluster.local', key, ttlMs: 9000 * HOUR_MS, nowMs: clock.now() }));
    const sizes = [authority.bundle.current().roots.length];
    await clock.advance(47 * HOUR_MS);
    sizes.push(authority.bundle.current().roots.length);
    await clock.advance(HOUR_MS + 1000);
    sizes.push(authority.bundle.current().roots.length);
    expect(sizes).toEqual([2, 2, 1]);
  });
});
