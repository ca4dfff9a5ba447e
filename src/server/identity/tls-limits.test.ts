import { once } from 'node:events';
import { connect, createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createCertificate } from '../../../test/support/certificate.ts';
import { toTlsLimits, toTlsOptions } from './tls-limits.ts';

const FLAGS = { 'tls-min-version': '1.2', 'tls-cipher-suites': [] };

describe('the TLS ports', () => {
  const { certificate, key } = createCertificate({ names: ['istiod.istio-system.svc'] });

  /** What a handshake with these limits comes to, or why it does not. */
  const shake = async (policy: string | undefined, client: object = {}) => {
    const server = createServer({ cert: certificate, key, ...toTlsOptions(toTlsLimits(FLAGS, policy)) });
    server.on('tlsClientError', () => undefined);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...client });
    try {
      await once(socket, 'secureConnect');
      return [socket.getProtocol(), socket.getCipher().standardName];
    } catch {
      return 'refused';
    } finally {
      socket.destroy();
      server.close();
    }
  };

  it.each<[string | undefined, object, unknown]>([
    [undefined, {}, ['TLSv1.3', 'TLS_AES_256_GCM_SHA384']],
    ['fips-140-2', {}, ['TLSv1.2', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256']],
    ['fips-140-2', { ecdhCurve: 'X25519' }, 'refused'],
    ['fips-140-3', { ecdhCurve: 'P-384' }, ['TLSv1.3', 'TLS_AES_128_GCM_SHA256']],
    ['fips-140-3', { ciphers: 'ECDHE-RSA-CHACHA20-POLY1305', maxVersion: 'TLSv1.2' }, 'refused'],
    ['pqc', { ecdhCurve: 'X25519MLKEM768' }, ['TLSv1.3', 'TLS_AES_128_GCM_SHA256']],
    ['pqc', { ecdhCurve: 'X25519' }, 'refused'],
    ['pqc', { maxVersion: 'TLSv1.2' }, 'refused'],
    ['nonsense', {}, ['TLSv1.3', 'TLS_AES_256_GCM_SHA384']],
  ])('hold to COMPLIANCE_POLICY=%s with %j', async (policy, client, expected) => {
    expect(await shake(policy, client)).toEqual(expected);
  });
});
