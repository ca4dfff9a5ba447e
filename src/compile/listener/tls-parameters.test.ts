import { describe, expect, it } from 'vitest';
import { serverTls } from '../../../test/support/gateway.ts';
import type { ServerTls } from '../../model/gateway.ts';
import type { MeshConfig } from '../../model/mesh-config.ts';
import { compileServerTlsParameters } from './tls-parameters.ts';

const NOTHING: MeshConfig['tlsDefaults'] = { minVersion: 'TLS_AUTO', cipherSuites: [], ecdhCurves: [] };

describe('compileServerTlsParameters', () => {
  it.each<{
    when: string;
    server?: Partial<ServerTls>;
    mesh?: Partial<MeshConfig['tlsDefaults']>;
    params: object | undefined;
  }>([
    { when: 'nothing is said', params: undefined },
    {
      when: 'the server says all',
      server: { minVersion: 'TLSV1_1', maxVersion: 'TLSV1_2', cipherSuites: ['AES128-SHA'] },
      mesh: { minVersion: 'TLSV1_3', cipherSuites: ['AES256-SHA'] },
      params: {
        tls_minimum_protocol_version: 'TLSv1_1',
        tls_maximum_protocol_version: 'TLSv1_2',
        cipher_suites: ['AES128-SHA'],
      },
    },
    {
      when: 'the mesh says all',
      mesh: { minVersion: 'TLSV1_0', cipherSuites: ['AES256-SHA'], ecdhCurves: ['P-256'] },
      params: {
        tls_minimum_protocol_version: 'TLSv1_2',
        cipher_suites: ['AES256-SHA'],
        ecdh_curves: ['P-256'],
      },
    },
    {
      when: 'suites are unknown or repeated',
      server: { cipherSuites: ['NONE-SUCH', 'ALL', 'ALL', '-SHA', ''] },
      params: { cipher_suites: ['ALL', '-SHA'] },
    },
  ])('compiles what Envoy takes when $when', ({ server, mesh, params }) => {
    expect(compileServerTlsParameters(serverTls('simple', server), { ...NOTHING, ...mesh })).toEqual(params);
  });
});
