import { expect, it } from 'vitest';
import { enforceCompliance } from './tls-compliance.ts';

const BOTH = { tls_minimum_protocol_version: 'TLSv1_2', tls_maximum_protocol_version: 'TLSv1_2' } as const;
const SUITES = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
];
const HYBRID = { cipher_suites: SUITES, ecdh_curves: ['X25519MLKEM768'] };

it.each([
  { policy: 'none', before: undefined, after: undefined },
  { policy: 'none', before: { cipher_suites: ['AES128-SHA'] }, after: { cipher_suites: ['AES128-SHA'] } },
  { policy: 'fips-140-2', before: undefined, after: BOTH },
  {
    policy: 'fips-140-2',
    before: {
      tls_maximum_protocol_version: 'TLSv1_3',
      cipher_suites: ['AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
      ecdh_curves: ['X25519'],
    },
    after: { ...BOTH, cipher_suites: ['ECDHE-RSA-AES128-GCM-SHA256'] },
  },
  { policy: 'fips-140-2', before: { cipher_suites: ['AES128-SHA'] }, after: BOTH },
  { policy: 'pqc', before: undefined, after: { tls_minimum_protocol_version: 'TLSv1_3', ...HYBRID } },
  {
    policy: 'pqc',
    before: {
      tls_minimum_protocol_version: 'TLSv1_2',
      tls_maximum_protocol_version: 'TLSv1_3',
      cipher_suites: ['AES128-SHA'],
      ecdh_curves: ['P-256'],
    },
    after: { tls_minimum_protocol_version: 'TLSv1_3', tls_maximum_protocol_version: 'TLSv1_3', ...HYBRID },
  },
] as const)('$policy makes of $before what it allows', ({ policy, before, after }) => {
  expect(enforceCompliance(policy, before)).toEqual(after);
});
