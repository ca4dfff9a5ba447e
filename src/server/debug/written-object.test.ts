import { describe, expect, it } from 'vitest';
import { objectKey } from '../../model/object.ts';
import { readWritten, redact } from './written-object.ts';

const KEY_TEXT = '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n';

const ROUTE = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'a', namespace: 'default' },
  spec: { hosts: ['a'] },
};
const SECRET = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 's',
    namespace: 'default',
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"tls.key":"S0VZ"}}', other: 'x' },
  },
  type: 'kubernetes.io/tls',
  data: { 'tls.crt': 'Q0VSVA==', 'tls.key': 'S0VZ' },
  stringData: { password: 'hunter2' },
};
const CONFIG_MAP = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'default' } };

const route = objectKey('VirtualService', 'default', 'a');
const secret = objectKey('Secret', 'default', 's');

describe('readWritten', () => {
  it.each([
    ['an object as it is written', route, JSON.stringify(ROUTE), ROUTE],
    [
      'the namespace that the directory gave it',
      route,
      'apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nspec: {hosts: [a]}\n',
      ROUTE,
    ],
    ['one of a list', route, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [SECRET, ROUTE] }), ROUTE],
    ['the name of a text that is broken', route, 'kind: [', { kind: 'VirtualService', metadata: ROUTE.metadata }],
    ['the name of a text that is no object', route, '7', { kind: 'VirtualService', metadata: ROUTE.metadata }],
    [
      'the name of a text of another form',
      secret,
      JSON.stringify({ data: { 'tls.key': 'S0VZ' } }),
      { kind: 'Secret', metadata: { name: 's', namespace: 'default' } },
    ],
    [
      'a cluster-scoped object',
      objectKey('Namespace', '', 'n'),
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: n}',
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } },
    ],
    [
      'a Secret without what it keeps',
      secret,
      JSON.stringify(SECRET),
      {
        ...SECRET,
        metadata: {
          ...SECRET.metadata,
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '[redacted]', other: 'x' },
        },
        data: { 'tls.crt': '[redacted]', 'tls.key': '[redacted]' },
        stringData: { password: '[redacted]' },
      },
    ],
    [
      'a Secret whose data is no map',
      secret,
      JSON.stringify({ ...SECRET, data: 'S0VZ' }).replace('hunter2', ''),
      expect.objectContaining({ data: '[redacted]' }),
    ],
    [
      'a ConfigMap with a private key in it',
      objectKey('ConfigMap', 'default', 'c'),
      JSON.stringify({ ...CONFIG_MAP, data: { key: KEY_TEXT, other: 'x' } }),
      { ...CONFIG_MAP, data: { key: '[redacted]', other: 'x' } },
    ],
  ])('shows %s', (_, key, text, expected) => {
    expect(readWritten(key, text)).toEqual(expected);
  });
});

describe('redact', () => {
  it.each([
    [{ private_key: { inline_bytes: 'S0VZ' } }, { private_key: '[redacted]' }],
    [{ tls: [{ privateKey: '/etc/certs/key.pem' }] }, { tls: [{ privateKey: '/etc/certs/key.pem' }] }],
    [{ message: `expected a certificate, got ${KEY_TEXT}` }, { message: '[redacted]' }],
    [
      [1, null, 'text'],
      [1, null, 'text'],
    ],
  ])('of %j', (value, expected) => {
    expect(redact(value)).toEqual(expected);
  });
});
