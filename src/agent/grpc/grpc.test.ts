import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import grpc from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { GrpcChannel } from './channel.ts';
import { encodeFrame, readFrames } from './frame.ts';
import { GrpcServer, type Handler } from './server.ts';
import { STATUS } from './status.ts';

const raw = { serialize: (bytes: Buffer) => bytes, deserialize: (bytes: Buffer) => bytes };
const METHOD = '/test.Echo/Talk';

const definition = (isStream: boolean) => ({
  Talk: {
    path: METHOD,
    requestStream: isStream,
    responseStream: isStream,
    requestSerialize: raw.serialize,
    requestDeserialize: raw.deserialize,
    responseSerialize: raw.serialize,
    responseDeserialize: raw.deserialize,
  },
});

const open: (() => Promise<unknown> | undefined)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function* chunksOf(...parts: readonly Uint8Array[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

const collect = async (messages: AsyncIterable<Buffer>) => {
  const all: string[] = [];
  for await (const message of messages) all.push(message.toString());
  return all;
};

describe('frames', () => {
  it('are found however the bytes are cut', async () => {
    const bytes = Buffer.concat(['', 'a', 'hello', 'x'.repeat(300)].map((text) => encodeFrame(Buffer.from(text))));
    for (const size of [1, 2, 4, 5, 7, 100, bytes.length]) {
      const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      expect(await collect(readFrames(chunksOf(...parts), 1000))).toEqual(['', 'a', 'hello', 'x'.repeat(300)]);
    }
  });

  it.each<[string, Buffer, string]>([
    ['compressed ones', Buffer.from([1, 0, 0, 0, 0]), 'a message is compressed, which was not agreed on'],
    ['larger ones than agreed', encodeFrame(Buffer.alloc(11)), 'a message has 11 bytes, more than 10'],
    ['half ones', Buffer.from([0, 0, 0, 0, 5, 1]), 'the stream ended within a message'],
  ])('are refused: %s', async (_, bytes, message) => {
    await expect(collect(readFrames(chunksOf(bytes), 10))).rejects.toThrow(message);
  });
});

describe('a server of ours, called by grpc-js', () => {
  const start = async (handler: Handler) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'grpc-'));
    const server = new GrpcServer({ handlers: { [METHOD]: handler }, onError: () => undefined });
    await server.listen(path.join(folder, 'socket'));
    const Client = grpc.makeGenericClientConstructor(definition(true), 'test.Echo');
    const client = new Client(`unix:${folder}/socket`, grpc.credentials.createInsecure());
    open.push(
      () => server.close(),
      async () => client.close(),
      () => rm(folder, { recursive: true }),
    );
    return (method = METHOD) =>
      client.makeBidiStreamRequest(method, raw.serialize, raw.deserialize, new grpc.Metadata());
  };

  it('answers message by message, large ones too, and ends with its status', async () => {
    const call = (
      await start(async ({ stream }) => {
        for await (const message of stream.messages()) await stream.send(Buffer.concat([message, message]));
        return { code: STATUS.failedPrecondition, message: 'genug: 100 % für heute' };
      })
    )();
    const sizes: number[] = [];
    const ended = Promise.withResolvers<grpc.StatusObject>();
    call.on('data', (message: Buffer) => sizes.push(message.length));
    call.on('error', () => undefined);
    call.on('status', ended.resolve);
    call.write(Buffer.alloc(1));
    call.write(Buffer.alloc(1 << 20));
    call.end();
    const { code, details } = await ended.promise;
    expect({ sizes, code, details }).toEqual({ sizes: [2, 2 << 20], code: 9, details: 'genug: 100 % für heute' });
  });

  it('says that a method does not exist', async () => {
    const call = (await start(async () => ({ code: 0, message: '' })))('/test.Echo/Whisper');
    const ended = Promise.withResolvers<grpc.StatusObject>();
    call.on('error', () => undefined);
    call.on('status', ended.resolve);
    call.resume();
    expect(await ended.promise).toMatchObject({
      code: STATUS.unimplemented,
      details: 'there is no method /test.Echo/Whisper',
    });
  });

  it('tells the handler when the client is gone', async () => {
    const gone = Promise.withResolvers<void>();
    const call = (
      await start(async ({ stream, signal }) => {
        signal.addEventListener('abort', () => gone.resolve());
        await stream.send(Buffer.from('hello'));
        const rest = await collect(stream.messages());
        return { code: 0, message: rest.join() };
      })
    )();
    call.on('error', () => undefined);
    call.once('data', () => call.cancel());
    expect(await gone.promise).toBeUndefined();
  });
});

describe('a channel of ours, to grpc-js', () => {
  const start = async (isStream: boolean, implementation: grpc.UntypedServiceImplementation) => {
    const server = new grpc.Server();
    server.addService(definition(isStream), implementation);
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (err, port) =>
      err ? reject(err) : resolve(port),
    );
    const port = await promise;
    const channel = new GrpcChannel(() => ({ address: `127.0.0.1:${port}` }));
    open.push(
      async () => channel.close(),
      async () => server.forceShutdown(),
    );
    return { channel, server };
  };

  it('calls with one message, and sends its metadata along', async () => {
    const { channel } = await start(false, {
      Talk: (call: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>) =>
        answer(null, Buffer.from(`${call.request} ${call.metadata.get('authorization')}`)),
    });
    const answer = await channel.unary(METHOD, Buffer.from('hello'), { metadata: { authorization: 'Bearer x' } });
    expect(answer.toString()).toBe('hello Bearer x');
  });

  it.each<[string, number, string]>([
    ['may succeed later', STATUS.unavailable, 'AGENT_CALL_FAILED'],
    ['will not', STATUS.unauthenticated, 'AGENT_CALL_REFUSED'],
  ])('tells a refusal that %s from others', async (_, status, code) => {
    const { channel } = await start(false, {
      Talk: (_call: unknown, answer: grpc.sendUnaryData<Buffer>) => answer({ code: status, details: 'not now' }),
    });
    await expect(channel.unary(METHOD, Buffer.of())).rejects.toMatchObject({
      code,
      message: `${METHOD}: not now (status ${status})`,
    });
  });

  it('streams both ways, and connects again after the connection broke', async () => {
    const { channel, server } = await start(true, {
      Talk: (call: grpc.ServerDuplexStream<Buffer, Buffer>) => {
        call.on('data', (message: Buffer) => call.write(message));
        call.on('end', () => call.end());
      },
    });
    const talk = async () => {
      const call = await channel.open(METHOD);
      await call.stream.send(Buffer.from('a'));
      await call.stream.send(Buffer.alloc(1 << 20, 'b'));
      call.end();
      return { sizes: (await collect(call.stream.messages())).map((text) => text.length), status: await call.status };
    };
    expect(await talk()).toEqual({ sizes: [1, 1 << 20], status: { code: 0, message: 'OK' } });
    const broken = await channel.open(METHOD);
    channel.reconnect();
    broken.cancel();
    expect(await broken.status).toMatchObject({ code: STATUS.cancelled });
    expect(await talk()).toMatchObject({ status: { code: 0 } });
    server.forceShutdown();
    await expect(channel.unary(METHOD, Buffer.of())).rejects.toMatchObject({ code: 'AGENT_CALL_FAILED' });
  });

  it('says where nobody listens', async () => {
    const channel = new GrpcChannel(() => ({ address: '127.0.0.1:1' }));
    await expect(channel.unary(METHOD, Buffer.of())).rejects.toMatchObject({
      code: 'AGENT_CALL_FAILED',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});
