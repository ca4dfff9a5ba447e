import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signatureAlgorithmOf } from '../../src/ca/algorithm.ts';
import { EMPTY_NAME, encodeCertificate } from '../../src/ca/certificate-encoding.ts';
import { encodeLeafExtensions, encodeRootExtensions, encodeSubjectAltNames } from '../../src/ca/extensions.ts';
import { readIssuerName } from '../../src/ca/issuer-name.ts';
import { openJoinKey } from '../../src/ca/join-key.ts';
import { createJoinToken } from '../../src/ca/join-token.ts';
import { toPem } from '../../src/ca/pem.ts';
import { createTestKey, readCertificate, type TestKey } from '../../src/ca/testing.ts';
import { createInjection } from '../../src/server/injection/injection.ts';
import { createValidation } from '../../src/server/validation/validation.ts';
import { createWebhookPort } from '../../src/server/webhooks/webhook-port.ts';
import { DEFAULT_CONTEXT } from '../../src/config/context.ts';
import { LogBook } from '../support/feature/log-book.ts';
import { type Answer, type Proof, SecurePlane } from '../support/secure-plane.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pilothouse-attacks-'));
const stateDir = path.join(folder, 'state');
const REVIEWS = 'spiffe://cluster.local/ns/shop/sa/reviews';
const ADMIN = 'spiffe://cluster.local/ns/istio-system/sa/istiod';
const UNAUTHENTICATED = { code: status.UNAUTHENTICATED, details: 'request authenticate failure' };
const HOUR_MS = 3_600_000;
const book = new LogBook();
let plane: SecurePlane;

beforeAll(async () => {
  book.open();
  plane = await SecurePlane.start({ stateDir, env: { PILOTHOUSE_CA_KEY: 'P-256' } });
});
afterAll(async () => {
  await plane.stop();
  rmSync(folder, { recursive: true });
});

async function tokenOf(namespace: string, serviceAccount: string): Promise<string> {
  return createJoinToken(await openJoinKey(stateDir), { namespace, serviceAccount, ttlMs: HOUR_MS, nowMs: Date.now() });
}

function nameOf(answer: Answer): string {
  if ('chain' in answer) return readCertificate(answer.chain[0]).subjectAltName ?? '';
  return `${answer.code} ${answer.details}`;
}

/** That everybody else is served still. */
async function expectServed(): Promise<void> {
  expect(nameOf(await plane.ask({ token: await tokenOf('shop', 'reviews') }))).toBe(`URI:${REVIEWS}`);
}

interface Forgery {
  readonly key: TestKey;
  readonly names?: readonly string[];
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** DER of extensions besides the names. */
  readonly extensions?: Buffer;
  /** Who signs; the authority itself when absent. */
  readonly by?: { readonly pem: string; readonly key: TestKey };
}

/** A certificate as our authority, or somebody with a certificate of it, could have signed it. */
async function forge({ key, names = [ADMIN], fromMs = -HOUR_MS, untilMs = HOUR_MS, extensions, by }: Forgery) {
  const { material } = plane.identity.ca.authority;
  if (material === undefined) throw new Error('the authority has no key');
  const issuer = by === undefined ? material.certificate : readCertificate(by.pem);
  const signer = by?.key.privateKey ?? material.key;
  const { subject, subjectKeyId } = readIssuerName(issuer);
  const parts = {
    notBeforeMs: Date.now() + fromMs,
    notAfterMs: Date.now() + untilMs,
    subject: EMPTY_NAME,
    publicKeyDer: key.publicKey.export({ type: 'spki', format: 'der' }),
    extensions: [extensions ?? encodeLeafExtensions(subjectKeyId), encodeSubjectAltNames(names)],
  };
  const algorithm = signatureAlgorithmOf(signer);
  return toPem('CERTIFICATE', await encodeCertificate(parts, { algorithm, key: signer, name: subject }));
}

describe('A client certificate', () => {
  it('that is as it should be proves its identity: what follows differs in one thing', async () => {
    const key = createTestKey();
    expect(nameOf(await plane.ask({ certificate: { chain: await forge({ key }), key } }))).toBe(`URI:${ADMIN}`);
  });

  it.each<{ what: string; make: (key: TestKey) => Promise<string> }>([
    { what: 'that has expired', make: (key) => forge({ key, untilMs: -1000 }) },
    { what: 'that is not valid yet', make: (key) => forge({ key, fromMs: HOUR_MS / 2 }) },
    { what: 'with two identities', make: (key) => forge({ key, names: [ADMIN, REVIEWS] }) },
    { what: 'with a name that reads like a list', make: (key) => forge({ key, names: [`x, URI:${ADMIN}, y`] }) },
    { what: 'of another mesh', make: (key) => forge({ key, names: ['spiffe://other/ns/istio-system/sa/istiod'] }) },
    { what: 'of any mesh', make: (key) => forge({ key, names: ['spiffe://*/ns/istio-system/sa/istiod'] }) },
    {
      what: 'that a workload signed with its own',
      async make(key) {
        const own = createTestKey();
        const pem = await forge({ key: own, names: [REVIEWS] });
        return `${await forge({ key, by: { pem, key: own } })}${pem}`;
      },
    },
    {
      what: 'that signed itself in the name of an authority',
      async make(key) {
        const pem = await forge({ key, extensions: encodeRootExtensions(Buffer.from('root')), by: await self(key) });
        return pem;
      },
    },
  ])('$what proves nothing', async ({ make }) => {
    const key = createTestKey();
    const proof: Proof = { certificate: { chain: await make(key), key } };
    expect(await plane.ask(proof)).toEqual(UNAUTHENTICATED);
    expect(await plane.stream(proof, { namespace: 'istio-system' })).toMatch(new RegExp(`^${status.UNAUTHENTICATED} `));
  });

  it('that proves nothing does not stand in the way of a token, nor lend it its name', async () => {
    const key = createTestKey();
    const certificate = { chain: await forge({ key, untilMs: -1000 }), key };
    expect(nameOf(await plane.ask({ certificate, token: await tokenOf('shop', 'reviews') }))).toBe(`URI:${REVIEWS}`);
  });

  it('decides, and not the token of another that came with it', async () => {
    const key = createTestKey();
    const certificate = { chain: await forge({ key, names: [REVIEWS] }), key };
    const token = await tokenOf('istio-system', 'istiod');
    expect(nameOf(await plane.ask({ certificate, token }))).toBe(`URI:${REVIEWS}`);
    expect(await plane.stream({ certificate, token }, { namespace: 'istio-system' })).toMatch(
      new RegExp(`^${status.PERMISSION_DENIED} `),
    );
  });
});

async function self(key: TestKey) {
  return { pem: await forge({ key, extensions: encodeRootExtensions(Buffer.from('root')) }), key };
}

describe('A token', () => {
  it.each([
    ['shop/sa/reviews', 'x'],
    ['shop', 'reviews,spiffe://cluster.local'],
    ['shop', 'reviews/../../ns'],
    ['shop', 'reviews\n'],
  ])('of namespace %j and account %j, which no name can be, proves nothing', async (namespace, account) => {
    expect(await plane.ask({ token: await tokenOf(namespace, account) })).toEqual(UNAUTHENTICATED);
  });

  it('of a cluster that is made up is good for what its key says, and no other cluster', async () => {
    const token = await tokenOf('shop', 'reviews');
    expect(nameOf(await plane.ask({ token, cluster: '../../api' }))).toBe(`URI:${REVIEWS}`);
  });
});

const HEADERS = 1;
const RESET = 3;
const SETTINGS = 4;
/** A call of the certificate service, in the plainest words of HPACK. */
const CALL = Buffer.concat([
  Buffer.of(0x83, 0x87),
  literal(0x04, '/istio.v1.auth.IstioCertificateService/CreateCertificate'),
  literal(0x01, 'a'),
  Buffer.of(0x0f),
  literal(0x10, 'application/grpc'),
]);

function literal(name: number, value: string): Buffer {
  return Buffer.concat([Buffer.of(name, value.length), Buffer.from(value)]);
}

/** Headers are whole. @see RFC 9113 §4.1 */
function frame(type: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(type === HEADERS ? 0x04 : 0, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A connection that begins with these words. */
async function say(...words: readonly (string | Buffer)[]): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: plane.port, rejectUnauthorized: false, ALPNProtocols: ['h2'] });
  socket.on('error', () => {});
  socket.resume();
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  for (const word of words) socket.write(word);
  return socket;
}

describe('The TLS port', () => {
  it('refuses requests for certificates that are too long before they wait in line', async () => {
    const client = plane.connect({});
    const bombs = [64 * 1024, 3 << 20].map((length) => plane.askOver(client, {}, { csr: 'x'.repeat(length) }));
    const tooLong = { code: status.INVALID_ARGUMENT, details: 'the request is longer than 65536 bytes' };
    expect(await Promise.all(bombs)).toEqual([tooLong, tooLong]);
    expect(await plane.askOver(client, {}, { csr: 'x'.repeat(5 << 20) })).toMatchObject({
      code: status.RESOURCE_EXHAUSTED,
    });
    await expectServed();
  });

  it('serves others while somebody opens and resets streams as fast as can be', async () => {
    const socket = await say('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', frame(SETTINGS, 0));
    const closed = new Promise<string>((resolve) => socket.once('close', () => resolve('closed')));
    for (let stream = 1; stream < 40_000 && socket.writable; stream += 2) {
      socket.write(Buffer.concat([frame(HEADERS, stream, CALL), frame(RESET, stream, Buffer.of(0, 0, 0, 8))]));
      if (stream % 1000 === 1) await new Promise(setImmediate);
    }
    await expectServed();
    // Nobody needs so many: the connection is given up.
    expect(await closed).toBe('closed');
  });

  it('serves others while strangers hold connections on which they say nothing, or half a request', async () => {
    const half = (i: number) => (i % 2 === 0 ? ['PRI * HTTP/2.0\r\n'] : []);
    const sockets = await Promise.all(Array.from({ length: 100 }, (_, i) => say(...half(i))));
    await expectServed();
    for (const socket of sockets) socket.destroy();
  });
});

describe('The port of webhooks', () => {
  const tls = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', cipherSuites: [], curves: [] } as const;
  const open = async () => {
    const port = createWebhookPort({
      ca: plane.identity.ca,
      address: { host: '127.0.0.1', port: 0 },
      tls,
      handlers: new Map([
        ['/validate', createValidation(() => ({ ...DEFAULT_CONTEXT }))],
        [
          '/inject',
          createInjection(() => {
            throw new Error('nothing is to be injected here');
          }),
        ],
      ]),
    });
    await port.start();
    return port;
  };
  let port: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    port = await open();
  });
  afterAll(() => port.stop(AbortSignal.timeout(1000)));

  /** The status, or how the connection broke. */
  function post(
    to: string,
    chunks: Iterable<string | Buffer>,
  ): Promise<{ outcome: number | string; body: string; sent: number }> {
    const { promise, resolve } = Promise.withResolvers<{ outcome: number | string; body: string; sent: number }>();
    let sent = 0;
    const call = request({
      port: port.port(),
      host: '127.0.0.1',
      path: to,
      method: 'POST',
      rejectUnauthorized: false,
      headers: { 'content-type': 'application/json' },
    });
    call.once('response', (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.once('close', () => resolve({ outcome: response.statusCode ?? 0, body, sent }));
    });
    call.once('error', (error) => resolve({ outcome: error.message, body: '', sent }));
    const iterator = chunks[Symbol.iterator]();
    const send = () => {
      for (;;) {
        const { value, done } = iterator.next();
        if (done === true || call.destroyed) return void call.end();
        sent += value.length;
        if (!call.write(value)) return void call.once('drain', send);
      }
    };
    send();
    return promise;
  }

  function* gibibyte() {
    const piece = Buffer.alloc(1 << 18, ' ');
    for (let i = 0; i < 4096; i++) yield piece;
  }

  it.each(['/validate', '/inject'])('reads no more of a body than objects have: %s', async (to) => {
    const { outcome, sent } = await post(to, gibibyte());
    expect({ outcome, isCutOff: sent < 64 << 20 }).toEqual({ outcome: 413, isCutOff: true });
  });

  const nested = `${'{"a":'.repeat(500_000)}1${'}'.repeat(500_000)}`;
  const review = (object: string) =>
    `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u","operation":"CREATE","namespace":"shop",` +
    `"resource":{"group":"networking.istio.io","version":"v1","resource":"gateways"},"object":${object}}}`;
  const gateway = (more: string) =>
    `{"apiVersion":"networking.istio.io/v1","kind":"Gateway","metadata":{"name":"g"},"spec":{"servers":[]${more}}}`;

  it.each([
    { what: 'nothing but brackets', body: '['.repeat(3 << 20), expected: [400, 400] },
    { what: 'a review that is nested without end', body: nested, expected: [400, 400] },
    { what: 'an object that is nested without end', body: review(gateway(`,"x":${nested}`)), expected: [400, 400] },
    { what: 'a prototype', body: review(gateway(',"__proto__":{"polluted":true}')), expected: [200, 200] },
    {
      what: 'a prototype of the review itself',
      body: `{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}`,
      expected: [400, 400],
    },
  ])('lives through $what', async ({ body, expected }) => {
    const answers = [await post('/validate', [body]), await post('/inject', [body])];
    expect(answers.map(({ outcome }) => outcome)).toEqual(expected);
    expect('polluted' in {}).toBe(false);
  });

  it('lets nobody fill the log by leaving in the middle', async () => {
    book.clear();
    const socket = connect({ host: '127.0.0.1', port: port.port(), rejectUnauthorized: false });
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    socket.write(
      'POST /validate HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    expect(nameOf(await plane.ask({ token: await tokenOf('shop', 'reviews') }))).toBe(`URI:${REVIEWS}`);
    expect(book.list('webhook.defect')).toEqual([]);
  });
});
