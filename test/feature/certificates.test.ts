import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openJoinKey } from '../../src/ca/join-key.ts';
import { createJoinToken } from '../../src/ca/join-token.ts';
import { createRoot } from '../../src/ca/root-certificate.ts';
import { createTestCsr, createTestKey, readCertificate, type TestKey } from '../../src/ca/testing.ts';
import { LogBook } from '../support/feature/log-book.ts';
import { type Answer, type Proof, SecurePlane } from '../support/secure-plane.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pilothouse-certificates-'));
const stateDir = path.join(folder, 'state');
const REVIEWS = 'spiffe://cluster.local/ns/shop/sa/reviews';
const UNAUTHENTICATED = { code: status.UNAUTHENTICATED, details: 'request authenticate failure' };
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

async function tokenOf(namespace: string, serviceAccount: string, ttlMs = 3_600_000): Promise<string> {
  const key = await openJoinKey(stateDir);
  return createJoinToken(key, { namespace, serviceAccount, ttlMs, nowMs: Date.now() });
}

function chainOf(answer: Answer): readonly string[] {
  if ('chain' in answer) return answer.chain;
  throw new Error(`refused: ${answer.code} ${answer.details}`);
}

async function certify(key: TestKey): Promise<Proof> {
  const token = await tokenOf('shop', 'reviews');
  const chain = chainOf(await plane.ask({ token }, { csr: createTestCsr({ key }) }));
  return { certificate: { chain: chain.slice(0, -1).join(''), key } };
}

describe('A workload that has a join token', () => {
  it("gets a certificate of the token's identity, whatever its CSR asks for", async () => {
    const csr = createTestCsr({ key: createTestKey(), names: ['spiffe://cluster.local/ns/kube-system/sa/admin'] });
    const chain = chainOf(await plane.ask({ token: await tokenOf('shop', 'reviews') }, { csr }));
    expect([readCertificate(chain[0]).subjectAltName, chain.length, chain.at(-1)]).toEqual([
      `URI:${REVIEWS}`,
      2,
      plane.roots,
    ]);
  });

  it('renews it with the certificate alone', async () => {
    const chain = chainOf(await plane.ask(await certify(createTestKey(2048))));
    expect(readCertificate(chain[0]).subjectAltName).toBe(`URI:${REVIEWS}`);
  });

  it('gets its configuration with either', async () => {
    const node = { namespace: 'shop', account: 'reviews' };
    const token = await tokenOf('shop', 'reviews');
    const outcomes = [await plane.stream({ token }, node), await plane.stream(await certify(createTestKey()), node)];
    expect(outcomes).toEqual(['served', 'served']);
  });

  it.each([
    { what: 'another namespace', node: { namespace: 'bank' } },
    { what: 'another service account', node: { namespace: 'shop', account: 'payments' } },
  ])('gets no configuration of $what', async ({ node }) => {
    const outcome = await plane.stream({ token: await tokenOf('shop', 'reviews') }, node);
    expect(outcome).toMatch(new RegExp(`^${status.PERMISSION_DENIED} authorization failed: .*${REVIEWS}`));
  });
});

describe('A caller that proves nothing', () => {
  it.each<{ what: string; proof: () => Promise<Proof> }>([
    { what: 'brings nothing', proof: async () => ({}) },
    { what: 'brings a token that has expired', proof: async () => ({ token: await tokenOf('a', 'b', -1000) }) },
    {
      what: 'brings a token of another key',
      proof: async () => ({
        token: createJoinToken(createTestKey(), { namespace: 'a', serviceAccount: 'b', ttlMs: 1e6, nowMs: Date.now() }),
      }),
    },
    { what: 'brings no JWT', proof: async () => ({ token: 'let-me-in' }) },
  ])('$what, and gets neither certificate nor configuration', async ({ proof }) => {
    const brought = await proof();
    expect(await plane.ask(brought)).toEqual(UNAUTHENTICATED);
    expect(await plane.stream(brought, { namespace: 'a' })).toMatch(new RegExp(`^${status.UNAUTHENTICATED} `));
  });

  it('is refused with a certificate of another authority', async () => {
    const key = createTestKey();
    const other = await SecurePlane.start({
      stateDir: path.join(folder, 'other'),
      env: { PILOTHOUSE_CA_KEY: 'P-256' },
    });
    const joinKey = await openJoinKey(path.join(folder, 'other'));
    const token = createJoinToken(joinKey, {
      namespace: 'shop',
      serviceAccount: 'reviews',
      ttlMs: 1e6,
      nowMs: Date.now(),
    });
    const chain = chainOf(await other.ask({ token }, { csr: createTestCsr({ key }) }));
    const answer = await plane.ask({ certificate: { chain: chain[0] ?? '', key } });
    await other.stop();
    expect(answer).toEqual(UNAUTHENTICATED);
  });
});

describe('CreateCertificate', () => {
  it.each([
    {
      what: 'a CSR that is none',
      request: { csr: 'nonsense' },
      code: status.INVALID_ARGUMENT,
      details: /^CSR signing error \(/,
    },
    {
      what: 'a CSR that another key signed',
      request: { csr: createTestCsr({ key: createTestKey(), signedBy: createTestKey().privateKey }) },
      code: status.INVALID_ARGUMENT,
      details: /^CSR signing error \(/,
    },
    {
      what: 'more than 90 days',
      request: { validity_duration: 2161 * 3600 },
      code: status.INVALID_ARGUMENT,
      details: /greater than the max/,
    },
    {
      what: 'the identity of another',
      request: { metadata: { fields: { ImpersonatedIdentity: { string_value: 'spiffe://cluster.local/ns/a/sa/b' } } } },
      code: status.UNAUTHENTICATED,
      details: /^request impersonation authentication failure$/,
    },
  ])('refuses $what', async ({ request, code, details }) => {
    const answer = await plane.ask({ token: await tokenOf('shop', 'reviews') }, request);
    expect(answer).toEqual({ code, details: expect.stringMatching(details) });
  });

  it('answers 5,000 requests at once', async () => {
    const token = await tokenOf('shop', 'reviews');
    const client = plane.connect({ token });
    const csr = createTestCsr({ key: createTestKey() });
    const storm = Array.from({ length: 5000 }, () => plane.askOver(client, { token }, { csr }));
    const chains = (await Promise.all(storm)).map(chainOf);
    expect(new Set(chains.map(([leaf]) => leaf)).size).toBe(5000);
  }, 120_000);
});

describe('The port', () => {
  it("presents istiod's names", async () => {
    const { subjectAltName } = readCertificate(plane.identity.ca.serving.current()?.cert);
    const names = ['istio-pilot', 'istiod-canary', 'istiod-remote', 'istiod'];
    expect(subjectAltName).toBe(names.map((name) => `DNS:${name}.istio-system.svc`).join(', '));
  });

  it('takes a new root while streams go on, and trusts certificates of the old one', async () => {
    const { authority, serving } = plane.identity.ca;
    const before = await certify(createTestKey());
    const client = plane.connect(before);
    const csr = createTestCsr({ key: createTestKey() });
    chainOf(await plane.askOver(client, before, { csr }));
    const oldRoots = plane.roots;
    const renewed = new Promise<void>((resolve) => serving.watch(() => resolve()));
    const key = { type: 'ec', curve: 'P-256' } as const;
    authority.adopt(await createRoot({ trustDomain: 'cluster.local', key, ttlMs: 1e10, nowMs: Date.now() }));
    await renewed;
    const overOpen = chainOf(await plane.askOver(client, before, { csr }));
    const overNew = chainOf(await plane.ask(before));
    const names = [overOpen, overNew].map(([leaf]) => readCertificate(leaf).subjectAltName);
    const issuedByOld = readCertificate(overNew[0]).verify(readCertificate(oldRoots).publicKey);
    expect({ names, issuedByOld, hasBoth: plane.roots.endsWith(oldRoots) }).toEqual({
      names: [`URI:${REVIEWS}`, `URI:${REVIEWS}`],
      issuedByOld: false,
      hasBoth: true,
    });
  });
});

describe('The state directory', () => {
  it('keeps keys for its owner, and the same root for the next start', async () => {
    const place = path.join(folder, 'kept');
    const env = { PILOTHOUSE_CA_KEY: 'P-256' };
    const first = await SecurePlane.start({ stateDir: place, env });
    const roots = first.roots;
    await first.stop();
    const second = await SecurePlane.start({ stateDir: place, env });
    const isSame = second.roots === roots;
    await second.stop();
    const modes = ['', 'ca', 'ca/ca-key.pem', 'join-key.pem'].map(
      (file) => statSync(path.join(place, file)).mode & 0o777,
    );
    expect({ isSame, modes, kept: readFileSync(path.join(place, 'ca/ca-cert.pem'), 'utf8') }).toEqual({
      isSame: true,
      modes: [0o700, 0o700, 0o600, 0o600],
      kept: roots,
    });
  });
});
