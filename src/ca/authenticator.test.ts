import { beforeAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../kit/fake-clock.ts';
import { Fault } from '../kit/fault.ts';
import { configureLogs } from '../kit/log.ts';
import { type Authenticator, authenticate, type Credentials } from './authenticator.ts';
import { CertificateAuthority } from './authority.ts';
import { CertificateAuthenticator } from './certificate-authenticator.ts';
import { createJoinToken, JoinTokenAuthenticator } from './join-token.ts';
import { createRoot } from './root-certificate.ts';
import { createTestCsr, createTestKey, readCertificate } from './testing.ts';
import { TokenAuthenticator } from './token-authenticator.ts';
import type { ReviewedToken } from './token-review.ts';

beforeAll(() => configureLogs({ levels: new Map([['default', 'none']]) }));

const CALL: Credentials = { peerAddress: '10.0.0.1:1', cluster: '' };
const REVIEWS = { identities: ['spiffe://cluster.local/ns/shop/sa/reviews'] };
const trustDomain = () => 'cluster.local';
const outcome = (authenticator: Authenticator, credentials: Partial<Credentials>) =>
  authenticator.authenticate({ ...CALL, ...credentials }).catch((error: unknown) => Fault.from(error).message);

function toJwt(claims: object): string {
  return [{ alg: 'RS256' }, claims, 'signature']
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
}

describe('TokenAuthenticator', () => {
  const good: ReviewedToken = {
    isAuthenticated: true,
    error: '',
    username: 'system:serviceaccount:shop:reviews',
    groups: ['system:serviceaccounts', 'system:authenticated'],
    extra: { 'authentication.kubernetes.io/pod-name': 'reviews-1', 'authentication.kubernetes.io/pod-uid': 'u1' },
  };
  const pod = { namespace: 'shop', serviceAccount: 'reviews', name: 'reviews-1', uid: 'u1' };

  function create(answer: () => Promise<ReviewedToken>) {
    const clock = new FakeClock();
    const reviews: string[] = [];
    const reviewer = {
      review: (_token: string, audiences: readonly string[]) => {
        reviews.push(audiences.join());
        return answer();
      },
    };
    const reviewerOf = (cluster: string) => (cluster === '' ? reviewer : undefined);
    const rules = { clock, audiences: ['istio-ca'], trustDomain, reviewerOf };
    return { clock, reviews, authenticator: new TokenAuthenticator(rules) };
  }

  it.each([
    { when: 'it is good', review: good, expected: { ...REVIEWS, source: 'service-account-token', pod } },
    {
      when: 'it is of no pod',
      review: { ...good, extra: {} },
      expected: { ...REVIEWS, source: 'service-account-token' },
    },
    {
      when: 'the server refuses it',
      review: { ...good, isAuthenticated: false, error: 'expired' },
      expected: 'the token is not authenticated: expired',
    },
    { when: 'it is of a user', review: { ...good, groups: [] }, expected: 'the token is not of a service account' },
    {
      when: 'its name is odd',
      review: { ...good, username: 'system:serviceaccount:a:b:c' },
      expected: '"system:serviceaccount:a:b:c" is no service account',
    },
    {
      when: 'its name would be a path',
      review: { ...good, username: 'system:serviceaccount:istio-system/sa/istiod:x' },
      expected: '"system:serviceaccount:istio-system/sa/istiod:x" is no service account',
    },
    {
      when: 'its name holds a comma',
      review: { ...good, username: 'system:serviceaccount:a:b,spiffe://cluster.local/ns/c/sa/d' },
      expected: '"system:serviceaccount:a:b,spiffe://cluster.local/ns/c/sa/d" is no service account',
    },
    {
      when: 'its name is a node',
      review: { ...good, username: 'system:node:n' },
      expected: '"system:node:n" is no service account',
    },
  ])('judges a token when $when', async ({ review, expected }) => {
    const { authenticator } = create(async () => review);
    expect(await outcome(authenticator, { token: toJwt({}) })).toEqual(expected);
  });

  it.each([
    { what: 'no token', call: {}, expected: undefined },
    { what: 'a token that is no JWT', call: { token: 'secret' }, expected: 'the bearer token is no JWT' },
    {
      what: 'a token of an unknown cluster',
      call: { token: toJwt({}), cluster: 'x' },
      expected: 'no cluster "x" is known here',
    },
  ])('asks nobody about $what', async ({ call, expected }) => {
    const { authenticator, reviews } = create(async () => good);
    expect([await outcome(authenticator, call), reviews]).toEqual([expected, []]);
  });

  it('asks once about the same token, for a minute at most and not beyond its end', async () => {
    const { authenticator, clock, reviews } = create(async () => good);
    const token = toJwt({ exp: clock.now() / 1000 + 90 });
    await Promise.all([outcome(authenticator, { token }), outcome(authenticator, { token })]);
    await clock.advance(59_000);
    await outcome(authenticator, { token });
    const counts = [reviews.length];
    await clock.advance(2000);
    await outcome(authenticator, { token });
    counts.push(reviews.length);
    await clock.advance(30_000);
    await outcome(authenticator, { token });
    counts.push(reviews.length);
    expect([counts, reviews[0]]).toEqual([[1, 2, 3], 'istio-ca']);
  });

  it('has few tokens reviewed at a time, and lets the sender of many wait for its own', async () => {
    const gate = Promise.withResolvers<void>();
    const { authenticator, reviews } = create(() => gate.promise.then(() => good));
    const call = (peerAddress: string, token: string) =>
      outcome(authenticator, { peerAddress, token: toJwt({ token }) });
    const order: string[] = [];
    const flood = Array.from({ length: 500 }, (_, i) => call('10.6.6.6:1', `${i}`).then(() => order.push('flood')));
    const single = call('10.0.0.7:1', 'mine').then(() => order.push('single'));
    const asked = reviews.length;
    gate.resolve();
    await Promise.all([...flood, single]);
    expect({ asked, isSoon: order.indexOf('single') < 200 }).toEqual({ asked: 64, isSoon: true });
  });

  it('asks again after a refusal', async () => {
    const answers = [{ ...good, isAuthenticated: false }, good];
    const { authenticator } = create(async () => answers.shift() ?? good);
    const token = toJwt({});
    const both = [await outcome(authenticator, { token }), await outcome(authenticator, { token })];
    expect(both).toEqual(['the token is not authenticated', { ...REVIEWS, source: 'service-account-token', pod }]);
  });
});

describe('JoinTokenAuthenticator', () => {
  const key = createTestKey();
  const request = { namespace: 'shop', serviceAccount: 'reviews', ttlMs: 60_000, nowMs: new FakeClock().now() };
  const token = createJoinToken(key, request);

  it.each([
    { what: 'its own', token, afterMs: 0, expected: { ...REVIEWS, source: 'join-token' } },
    { what: 'one that has expired', token, afterMs: 60_000, expected: 'the join token is refused: it has expired' },
    {
      what: 'one of another key',
      token: createJoinToken(createTestKey(), request),
      afterMs: 0,
      expected: 'the join token is refused: its signature is not ours',
    },
    {
      what: 'one without a signature',
      token: `${token.split('.').slice(0, 2).join('.')}.AA`,
      afterMs: 0,
      expected: 'the join token is refused: its signature is not ours',
    },
    {
      what: 'one that changes the algorithm',
      token: toJwt({ iss: 'pilothouse' }),
      afterMs: 0,
      expected: 'the join token is refused: its algorithm is not ES256',
    },
    {
      what: 'one of the future',
      token: createJoinToken(key, { ...request, nowMs: request.nowMs + 100_000 }),
      afterMs: 0,
      expected: 'the join token is refused: it is not valid yet',
    },
    { what: "one of Kubernetes'", token: toJwt({ iss: 'https://kubernetes' }), afterMs: 0, expected: undefined },
    { what: 'one that is no JWT', token: 'x', afterMs: 0, expected: undefined },
  ])('judges $what', async ({ token, afterMs, expected }) => {
    const clock = new FakeClock();
    await clock.advance(afterMs);
    expect(await outcome(new JoinTokenAuthenticator({ clock, key, trustDomain }), { token })).toEqual(expected);
  });
});

describe('CertificateAuthenticator', () => {
  async function issue(names: readonly string[], clock: FakeClock): Promise<Buffer> {
    const authority = new CertificateAuthority({ clock });
    const key = { type: 'ec', curve: 'P-256' } as const;
    authority.adopt(await createRoot({ trustDomain: 'cluster.local', key, ttlMs: 1e10, nowMs: clock.now() }));
    const { chain } = await authority.signCsr(createTestCsr({ key: createTestKey() }), names, 3_600_000);
    authority.close();
    return readCertificate(chain[0]).raw;
  }

  it.each([
    {
      what: 'a SPIFFE id',
      names: REVIEWS.identities,
      afterMs: 0,
      expected: { ...REVIEWS, source: 'client-certificate' },
    },
    {
      what: 'one of an alias',
      names: ['spiffe://old/ns/a/sa/b'],
      afterMs: 0,
      expected: { identities: ['spiffe://old/ns/a/sa/b'], source: 'client-certificate' },
    },
    {
      what: 'one of another mesh',
      names: ['spiffe://other/ns/a/sa/b'],
      afterMs: 0,
      expected: 'the trust domain other is not that of this mesh',
    },
    {
      what: 'one that has expired',
      names: REVIEWS.identities,
      afterMs: 3_600_000,
      expected: 'the client certificate has expired',
    },
    {
      what: 'a DNS name',
      names: ['a.b'],
      afterMs: 0,
      expected: 'the client certificate has 0 URIs, expected one SPIFFE id',
    },
    {
      what: 'two ids',
      names: [...REVIEWS.identities, 'spiffe://cluster.local/ns/a/sa/b'],
      afterMs: 0,
      expected: 'the client certificate has 2 URIs, expected one SPIFFE id',
    },
    {
      what: 'a DNS name that reads like the list of names of another',
      names: [`x, URI:${REVIEWS.identities[0]}, y`],
      afterMs: 0,
      expected: 'the client certificate has 0 URIs, expected one SPIFFE id',
    },
    {
      what: 'an id with a comma',
      names: [`spiffe://cluster.local/ns/a/sa/b, URI:${REVIEWS.identities[0]}`],
      afterMs: 0,
      expected: 'the client certificate has 1 URIs, expected one SPIFFE id',
    },
    {
      what: 'a trust domain that is a pattern',
      names: ['spiffe://*/ns/shop/sa/reviews'],
      afterMs: 0,
      expected: 'the trust domain * is not that of this mesh',
    },
    {
      what: 'a URI that is no workload',
      names: ['spiffe://cluster.local/x'],
      afterMs: 0,
      expected: 'the client certificate has 1 URIs, expected one SPIFFE id',
    },
  ])('judges a certificate of $what', async ({ names, afterMs, expected }) => {
    const clock = new FakeClock();
    const peerCertificate = await issue(names, clock);
    await clock.advance(afterMs);
    const authenticator = new CertificateAuthenticator({ clock, trustDomains: () => ['cluster.local', 'old'] });
    expect(await outcome(authenticator, { peerCertificate })).toEqual(expected);
  });
});

describe('authenticate', () => {
  const says = (answer: 'nothing' | 'refuses' | 'unavailable' | 'knows'): Authenticator => ({
    name: answer,
    async authenticate() {
      if (answer === 'refuses') throw new Fault('CA_UNAUTHENTICATED', 'no');
      if (answer === 'unavailable') throw new Fault('UNAVAILABLE', 'down');
      return answer === 'knows' ? { ...REVIEWS, source: 'join-token' } : undefined;
    },
  });

  it.each([
    { of: ['nothing', 'knows'] as const, expected: REVIEWS.identities },
    { of: ['refuses', 'knows'] as const, expected: REVIEWS.identities },
    { of: ['refuses', 'nothing'] as const, expected: 'CA_UNAUTHENTICATED' },
    { of: ['refuses', 'unavailable'] as const, expected: 'CA_REVIEW_FAILED' },
    { of: [] as const, expected: 'CA_UNAUTHENTICATED' },
  ])('of $of makes $expected', async ({ of, expected }) => {
    const found = await authenticate(of.map(says), CALL).then(
      ({ identities }) => identities,
      (error: unknown) => Fault.from(error).code,
    );
    expect(found).toEqual(expected);
  });
});
