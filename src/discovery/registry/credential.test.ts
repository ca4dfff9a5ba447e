import { describe, expect, it } from 'vitest';
import { meta } from '../../../test/support/model.ts';
import { findConfigMapCredential, findSecretCredential } from './credential.ts';

const secretMeta = meta('Secret', 'default', 'gw');

describe('findSecretCredential', () => {
  it.each([
    { when: 'it is empty', type: 'Opaque', data: {}, found: undefined },
    {
      when: "it uses Kubernetes' names",
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': 'C', 'tls.key': 'K', 'ca.crt': 'A', 'ca.crl': 'R', 'tls.ocsp-staple': 'O' },
      found: { certificate: { chainPem: 'C', keyPem: 'K', ocspStaple: 'O' }, caPem: 'A', crlPem: 'R' },
    },
    {
      when: 'it uses generic names beside them',
      type: 'Opaque',
      data: { 'tls.crt': 'x', 'tls.key': 'x', 'ca.crt': 'x', cert: 'C', key: 'K', cacert: 'A', crl: 'R' },
      found: { certificate: { chainPem: 'C', keyPem: 'K' }, caPem: 'A', crlPem: 'R' },
    },
    { when: 'it is a bundle alone', type: 'Opaque', data: { cacert: 'A' }, found: { caPem: 'A' } },
    { when: 'the key is missing', type: 'kubernetes.io/tls', data: { 'tls.crt': 'C' }, found: undefined },
    {
      when: 'a service account owns it',
      type: 'kubernetes.io/service-account-token',
      data: { 'ca.crt': 'A', token: 'T' },
      found: undefined,
    },
  ])('reads a Secret when $when', ({ type, data, found }) => {
    expect(findSecretCredential({ meta: secretMeta, type, data })).toEqual(found && { meta: secretMeta, ...found });
  });
});

describe('findConfigMapCredential', () => {
  it('reads a trust bundle', () => {
    expect(findConfigMapCredential({ meta: secretMeta, data: { 'ca.crt': 'A' } })).toEqual({
      meta: secretMeta,
      caPem: 'A',
    });
  });

  it('leaves other ConfigMaps alone', () => {
    expect(findConfigMapCredential({ meta: secretMeta, data: { mesh: '' } })).toBeUndefined();
  });
});
