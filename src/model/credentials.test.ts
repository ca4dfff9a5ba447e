import { expect, it } from 'vitest';
import { meta } from '../../test/support/model.ts';
import { findCredential } from './credentials.ts';
import type { Credential } from './snapshot.ts';

const gw = meta('Secret', 'default', 'gw');
const ca = meta('Secret', 'default', 'other-cacert');
const pair: Credential = { meta: gw, certificate: { chainPem: 'C', keyPem: 'K' }, caPem: 'A', crlPem: 'R' };
const bare: Credential = { meta: gw, certificate: { chainPem: 'C', keyPem: 'K' } };
const bundle: Credential = { meta: ca, caPem: 'B' };
const credentials = new Map([
  [
    'default',
    new Map([
      ['gw', pair],
      ['bare', bare],
      ['other', pair],
      ['other-cacert', bundle],
    ]),
  ],
]);

it.each([
  { name: 'gw', found: pair },
  { name: 'none', found: undefined },
  { name: 'gw-cacert', found: { meta: gw, caPem: 'A', crlPem: 'R' } },
  { name: 'other-cacert', found: { meta: ca, caPem: 'B' } },
  { name: 'bare-cacert', found: undefined },
  { name: 'none-cacert', found: undefined },
])('finds $name', ({ name, found }) => {
  expect(findCredential(credentials, 'default', name)).toEqual(found);
});

it('finds nothing in another namespace', () => {
  expect(findCredential(credentials, 'other', 'gw')).toBeUndefined();
});
