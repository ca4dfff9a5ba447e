import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../kit/fault.ts';
import { parseCsr } from './csr.ts';
import { encodeElement } from './der.ts';
import { listPemBlocks, toPem } from './pem.ts';
import { createTestCsr, createTestKey } from './testing.ts';

const key = createTestKey();
const other = createTestKey();
const good = createTestCsr({ key, commonName: 'a', names: ['b.c'] });
const goodDer = listPemBlocks(good)[0]?.der ?? Buffer.alloc(0);
const outcome = (pem: string) =>
  parseCsr(pem).then(
    () => 'accepted',
    (error: unknown) => Fault.from(error).code,
  );

describe('parseCsr', () => {
  it.each([
    { of: 'RSA of 2048 bits', key: createTestKey(2048) },
    { of: 'RSA of 4096 bits', key: createTestKey(4096) },
    { of: 'P-256', key },
    { of: 'P-384', key: createTestKey('P-384') },
    { of: 'Ed25519', key: generateKeyPairSync('ed25519') },
  ])('takes a request with a key of $of', async ({ key }) => {
    const publicKeyDer = key.publicKey.export({ type: 'spki', format: 'der' });
    expect(await parseCsr(createTestCsr({ key }))).toEqual({ publicKeyDer, hasCommonName: false });
  });

  it('sees that a common name was asked for', async () => {
    expect((await parseCsr(good)).hasCommonName).toBe(true);
  });

  it.each([
    { what: 'nothing', pem: '' },
    { what: 'text', pem: 'not PEM' },
    { what: 'a certificate', pem: good.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE') },
    { what: 'a key of 1024 bits', pem: createTestCsr({ key: createTestKey(1024) }) },
    { what: 'a signature of another key', pem: createTestCsr({ key, signedBy: other.privateKey }) },
    {
      what: 'a signature of another type of key',
      pem: createTestCsr({ key, signedBy: createTestKey(2048).privateKey }),
    },
    { what: 'bytes behind its end', pem: toPem('CERTIFICATE REQUEST', Buffer.concat([goodDer, Buffer.of(0)])) },
    { what: 'half of itself', pem: toPem('CERTIFICATE REQUEST', goodDer.subarray(0, 100)) },
    { what: '20 MB', pem: toPem('CERTIFICATE REQUEST', Buffer.alloc(15_000_000)) },
    { what: 'nesting as deep as fits', pem: toPem('CERTIFICATE REQUEST', nest(2000)) },
    { what: 'indefinite lengths', pem: toPem('CERTIFICATE REQUEST', Buffer.from('3080308000000000', 'hex')) },
    { what: 'a length of four octets', pem: toPem('CERTIFICATE REQUEST', Buffer.from('3084ffffffff00', 'hex')) },
  ])('refuses $what', async ({ pem }) => {
    expect(await outcome(pem)).toBe('CA_CSR_INVALID');
  });

  it('answers bytes of any kind with a fault of the caller', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        expect(await outcome(toPem('CERTIFICATE REQUEST', bytes))).toBe('CA_CSR_INVALID');
      }),
    );
  });

  it('answers every change of an octet of a good request with a fault of the caller', async () => {
    const changes = fc.tuple(fc.nat(goodDer.length - 1), fc.integer({ min: 1, max: 255 }));
    await fc.assert(
      fc.asyncProperty(changes, async ([at, difference]) => {
        const changed = Buffer.from(goodDer);
        changed.writeUInt8((changed.readUInt8(at) + difference) % 256, at);
        expect(await outcome(toPem('CERTIFICATE REQUEST', changed))).toBe('CA_CSR_INVALID');
      }),
      { numRuns: 500 },
    );
  });
});

/** Sequences in each other: what exhausts the stack of a parser that calls itself. */
function nest(depth: number): Buffer {
  let inner = Buffer.alloc(0);
  for (let at = 0; at < depth; at++) inner = Buffer.from(encodeElement(0x30, inner));
  return inner;
}
