import { generateKeyPairSync } from 'node:crypto';
import { Client, credentials, Server, ServerCredentials } from '@grpc/grpc-js';
import forge from 'node-forge';
import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../kit/log.ts';
import { aggregatedDiscoveryService, XdsServer, xdsChannelOptions } from './server.ts';
import { encodeRequest, proxyView, TYPES } from './testing.ts';
import type { ConnectionRequest } from './view-source.ts';

beforeAll(() => configureLogs({ levels: new Map([['ads', 'none']]) }));

interface Identity {
  readonly certPem: Buffer;
  readonly keyPem: Buffer;
}

/** A certificate for `localhost` that signs itself. */
function createIdentity(): Identity {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keyPem = privateKey.export({ type: 'pkcs1', format: 'pem' });
  const key = forge.pki.privateKeyFromPem(keyPem.toString());
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.rsa.setPublicKey(key.n, key.e);
  certificate.serialNumber = '01';
  certificate.validity.notBefore = new Date(Date.now() - 60_000);
  certificate.validity.notAfter = new Date(Date.now() + 60_000);
  const name = [{ name: 'commonName', value: 'localhost' }];
  certificate.setSubject(name);
  certificate.setIssuer(name);
  certificate.setExtensions([
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
  ]);
  certificate.sign(key, forge.md.sha256.create());
  return { certPem: Buffer.from(forge.pki.certificateToPem(certificate)), keyPem: Buffer.from(keyPem) };
}

describe('the server over TLS', () => {
  const identity = createIdentity();
  const pair = { cert_chain: identity.certPem, private_key: identity.keyPem };
  const der = Buffer.from(identity.certPem.toString().replace(/-----[^-]+-----|\n|\r/g, ''), 'base64');
  const withCertificate = credentials.createSsl(identity.certPem, identity.keyPem, identity.certPem);

  it.each([
    { when: 'it is asked for', asks: true, client: withCertificate, peer: der },
    { when: 'it is not', asks: false, client: credentials.createSsl(identity.certPem), peer: undefined },
  ])('hands over the certificate of the peer when $when', async ({ asks, client: channelCredentials, peer }) => {
    const admitted = Promise.withResolvers<ConnectionRequest>();
    const xds = new XdsServer({
      connect(connection) {
        admitted.resolve(connection);
        return { view: () => proxyView({}), onAck: () => {}, onNack: () => {}, close: () => {} };
      },
    });
    const grpc = new Server(xdsChannelOptions);
    xds.addTo(grpc, 'tls');
    const bound = Promise.withResolvers<number>();
    const serverCredentials = ServerCredentials.createSsl(identity.certPem, [pair], asks);
    grpc.bindAsync('localhost:0', serverCredentials, (error, port) =>
      error ? bound.reject(error) : bound.resolve(port),
    );
    const client = new Client(`localhost:${await bound.promise}`, channelCredentials);
    const { path, requestSerialize, responseDeserialize } = aggregatedDiscoveryService.DeltaAggregatedResources;
    const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
    call.on('error', () => {});
    call.write(encodeRequest('delta', TYPES.cds, {}, { id: 'n' }));
    const { transport, peerCertificate } = await admitted.promise;
    expect({ transport, peerCertificate }).toEqual({ transport: 'tls', peerCertificate: peer });
    client.close();
    grpc.forceShutdown();
  });
});
