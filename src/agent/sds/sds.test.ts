import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeMessage, encodeMessage } from '../../gen/codec.ts';
import { GrpcChannel } from '../grpc/channel.ts';
import { GrpcServer } from '../grpc/server.ts';
import { createFileSecrets } from './file-secrets.ts';
import { createSdsHandlers } from './sds-service.ts';
import { SecretBoard, toCertificateSecret, toRootSecret } from './secret-board.ts';

const SERVICE = '/envoy.service.secret.v3.SecretDiscoveryService';
const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;

describe('secrets for Envoy', () => {
  let folder: string;
  let board: SecretBoard;
  let server: GrpcServer;
  let channel: GrpcChannel;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'sds-'));
    board = new SecretBoard([
      createFileSecrets({ quietMs: 10, systemRoots: [path.join(folder, 'none'), path.join(folder, 'ca')] }),
    ]);
    server = new GrpcServer({ handlers: createSdsHandlers(board), onError: () => undefined });
    await server.listen(path.join(folder, 'socket'));
    channel = new GrpcChannel(() => ({ path: path.join(folder, 'socket') }));
  });

  afterEach(async () => {
    channel.close();
    await server.close();
    await rm(folder, { recursive: true });
  });

  /** Opens a stream and asks for names. */
  const ask = async (...names: readonly string[]) => {
    const call = await channel.open(`${SERVICE}/StreamSecrets`);
    const messages = call.stream.messages();
    const send = (request: object) =>
      call.stream.send(encodeMessage('envoy.service.discovery.v3.DiscoveryRequest', request));
    await send({ resource_names: names });
    const next = async () => {
      const { value } = await messages.next();
      const response = decodeMessage('envoy.service.discovery.v3.DiscoveryResponse', value ?? Buffer.of());
      return (response.resources ?? []).map(({ value: bytes = Buffer.of() }) => {
        const secret = decodeMessage('envoy.extensions.transport_sockets.tls.v3.Secret', bytes);
        const certificate = secret.tls_certificate?.certificate_chain?.inline_bytes;
        const root = secret.validation_context?.trusted_ca?.inline_bytes;
        return [secret.name, Buffer.from(certificate ?? root ?? '').toString()];
      });
    };
    return { next, send, call };
  };

  it('are answered when they come, and again when they change, but not when they are the same', async () => {
    const { next } = await ask('default');
    board.put(toCertificateSecret('default', 'chain 1', 'key'));
    expect(await next()).toEqual([['default', 'chain 1']]);
    board.put(toCertificateSecret('default', 'chain 1', 'key'));
    board.put(toCertificateSecret('default', 'chain 2', 'key'));
    expect(await next()).toEqual([['default', 'chain 2']]);
  });

  it('come together when they are asked for together', async () => {
    board.put(toCertificateSecret('default', 'chain', 'key'));
    board.put(toRootSecret('ROOTCA', 'roots'));
    const { next } = await ask('default', 'ROOTCA');
    expect(await next()).toEqual([
      ['default', 'chain'],
      ['ROOTCA', 'roots'],
    ]);
  });

  it('are not sent any more once nobody asks for them, nor again for an ACK or a NACK', async () => {
    board.put(toRootSecret('ROOTCA', 'roots 1'));
    const { next, send } = await ask('ROOTCA');
    expect(await next()).toEqual([['ROOTCA', 'roots 1']]);
    await send({ resource_names: ['ROOTCA'], error_detail: { message: 'no' } });
    await send({ resource_names: ['default'] });
    board.put(toCertificateSecret('default', 'chain', 'key'));
    expect(await next()).toEqual([['default', 'chain']]);
  });

  it('come from files, and follow them', async () => {
    const [cert, key] = [path.join(folder, 'tls.crt'), path.join(folder, 'tls.key')];
    await writeFile(key, pem('key'));
    await writeFile(cert, pem('one'));
    const { next } = await ask(`file-cert:${cert}~${key}`);
    expect(await next()).toEqual([[`file-cert:${cert}~${key}`, pem('one')]]);
    await writeFile(`${cert}.new`, pem('two'));
    await rename(`${cert}.new`, cert);
    expect(await next()).toEqual([[`file-cert:${cert}~${key}`, pem('two')]]);
  });

  it('are roots from files, those of the machine too', async () => {
    const ca = path.join(folder, 'ca');
    await writeFile(ca, pem('root'));
    const { next } = await ask(`file-root:${ca}`, 'file-root:system');
    const all = [...(await next())];
    if (all.length < 2) all.push(...(await next()));
    expect(all.sort()).toEqual([
      [`file-root:${ca}`, pem('root')],
      ['file-root:system', pem('root')],
    ]);
  });

  it.each(['DeltaSecrets', 'FetchSecrets'])('have no %s, as with pilot-agent', async (method) => {
    await expect(channel.unary(`${SERVICE}/${method}`, Buffer.of())).rejects.toThrow(
      'only StreamSecrets is served (status 12)',
    );
  });
});
