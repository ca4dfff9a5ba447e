import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createBridge } from './bridge.ts';
import { parseMaterial, pemOf } from './material.ts';
import { findPluggedTexts, findSelfSignedTexts } from './material-files.ts';
import { createRoot, toKeyPem } from './root-certificate.ts';

const nowMs = Date.now();
const key = { type: 'ec', curve: 'P-256' } as const;
const life = { notBeforeMs: nowMs, notAfterMs: nowMs + 1e9 };
const root = await createRoot({ trustDomain: 'root', key, ttlMs: 1e10, nowMs });
const other = await createRoot({ trustDomain: 'other', key, ttlMs: 1e10, nowMs });
/** An intermediate: its key, certified by the root. */
const own = await createRoot({ trustDomain: 'intermediate', key, ttlMs: 1e10, nowMs });
const intermediate = (await createBridge(root, own.certificate, life)) ?? '';

const texts = { certificate: intermediate, key: toKeyPem(own.key), chain: intermediate, root: pemOf(root.certificate) };

describe('parseMaterial', () => {
  it.each([
    { what: 'an intermediate', given: texts, chain: [intermediate] },
    {
      what: 'a chain with its root',
      given: { ...texts, chain: `${intermediate}${texts.root}` },
      chain: [intermediate],
    },
    { what: 'a chain without the signing certificate', given: { ...texts, chain: '' }, chain: [intermediate] },
    {
      what: 'a root',
      given: { certificate: texts.root, key: toKeyPem(root.key), chain: texts.root, root: texts.root },
      chain: [],
    },
    {
      what: 'several roots',
      given: { ...texts, root: `${texts.root}${pemOf(other.certificate)}` },
      chain: [intermediate],
    },
  ])('takes $what', ({ given, chain }) => {
    const material = parseMaterial(given);
    expect({ chain: material.chain, subject: material.certificate.subject }).toEqual({
      chain,
      subject: new X509Certificate(given.certificate).subject,
    });
  });

  it.each([
    {
      what: 'a key of another certificate',
      given: { ...texts, key: toKeyPem(other.key) },
      says: /private key does not belong/,
    },
    { what: 'another root', given: { ...texts, root: pemOf(other.certificate) }, says: /does not lead to the root/ },
    { what: 'no root', given: { ...texts, root: '' }, says: /root certificate is empty/ },
    { what: 'half a certificate', given: { ...texts, certificate: intermediate.slice(0, 200) }, says: /no PEM/ },
    { what: 'a key that is none', given: { ...texts, key: 'x' }, says: /private key cannot be read/ },
  ])('refuses $what', ({ given, says }) => {
    expect(() => parseMaterial(given)).toThrow(says);
  });
});

describe('findPluggedTexts', () => {
  const files = { 'ca-cert.pem': 'c', 'ca-key.pem': 'k', 'cert-chain.pem': 'h', 'root-cert.pem': 'r' };
  const tls = { 'tls.crt': 'c', 'tls.key': 'k', 'ca.crt': 'r' };
  it.each([
    { when: 'all are there', files, expected: { certificate: 'c', key: 'k', chain: 'h', root: 'r' } },
    {
      when: 'there is a revocation list',
      files: { ...files, 'ca-crl.pem': 'l' },
      expected: { certificate: 'c', key: 'k', chain: 'h', root: 'r', crl: 'l' },
    },
    {
      when: 'they are a TLS Secret',
      files: { ...tls, 'ca-cert.pem': 'x' },
      expected: { certificate: 'c', key: 'k', chain: 'c', root: 'r' },
    },
    { when: 'there are none', files: {}, expected: undefined },
    { when: 'there is a root alone', files: { 'root-cert.pem': 'r' }, expected: undefined },
  ])('finds $expected when $when', ({ files, expected }) => {
    expect(findPluggedTexts(files)).toEqual(expected);
  });

  it.each([
    { files: { ...files, 'ca-key.pem': '' }, missing: 'ca-key.pem' },
    { files: { 'ca-cert.pem': 'c' }, missing: 'ca-key.pem, cert-chain.pem, root-cert.pem' },
    { files: { 'tls.crt': 'c', 'tls.key': 'k' }, missing: 'ca.crt' },
  ])('refuses a set without $missing', ({ files, missing }) => {
    expect(() => findPluggedTexts(files)).toThrow(`the set is incomplete: ${missing} missing or empty`);
  });
});

describe('findSelfSignedTexts', () => {
  it('takes certificate and key, and the certificate as the root', () => {
    const found = findSelfSignedTexts({ 'ca-cert.pem': 'c', 'ca-key.pem': 'k', 'cert-chain.pem': '' });
    expect(found).toEqual({ certificate: 'c', key: 'k', chain: '', root: 'c' });
  });
});
