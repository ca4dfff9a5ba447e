import { beforeAll, describe, expect, it } from 'vitest';
import type { Authenticator } from '../../ca/authenticator.ts';
import { Fault } from '../../kit/fault.ts';
import { configureLogs } from '../../kit/log.ts';
import type { ConnectionRequest } from '../../xds/view-source.ts';
import { admitStream } from './admission.ts';

beforeAll(() => configureLogs({ levels: new Map([['security', 'none']]) }));

const REVIEWS = 'spiffe://old-domain/ns/shop/sa/reviews';

function connection(
  metadata: Readonly<Record<string, string>>,
  transport: 'plaintext' | 'tls' = 'tls',
): ConnectionRequest {
  return {
    id: 'w-1',
    peerAddress: '10.0.0.1:1',
    protocol: 'delta',
    transport,
    header: () => [],
    node: {
      id: 'sidecar~10.0.0.1~w.shop~shop.svc.cluster.local',
      cluster: '',
      metadata,
      locality: { region: '', zone: '', subZone: '' },
      userAgentName: '',
      userAgentVersion: '',
      extensions: new Set(),
      clientFeatures: [],
    },
  };
}

const says = (identities: readonly string[] | Fault): Authenticator => ({
  name: 'test',
  async authenticate() {
    if (identities instanceof Fault) throw identities;
    return { identities, source: 'join-token' };
  },
});
const nobody: Authenticator = { name: 'nobody', authenticate: async () => undefined };

describe('admitStream', () => {
  it.each([
    {
      when: 'namespace and account are its own',
      metadata: { NAMESPACE: 'shop', SERVICE_ACCOUNT: 'reviews' },
      expected: 'admitted',
    },
    { when: 'it names no account', metadata: { NAMESPACE: 'shop' }, expected: 'admitted' },
    { when: 'the namespace stands in its id', metadata: {}, expected: 'admitted' },
    { when: 'another identity of it fits', identities: ['x', REVIEWS], metadata: {}, expected: 'admitted' },
    { when: 'the namespace is of another', metadata: { NAMESPACE: 'bank' }, expected: 'XDS_FORBIDDEN' },
    { when: 'the account is of another', metadata: { SERVICE_ACCOUNT: 'admin' }, expected: 'XDS_FORBIDDEN' },
    { when: 'its identity is no SPIFFE id', identities: ['reviews.shop'], metadata: {}, expected: 'XDS_FORBIDDEN' },
    { when: 'nobody looks', metadata: { NAMESPACE: 'bank' }, checksIdentity: false, expected: 'admitted' },
    {
      when: 'tokens cannot be reviewed',
      identities: new Fault('UNAVAILABLE', 'down'),
      metadata: {},
      expected: 'XDS_NOT_READY',
    },
    {
      when: 'its token is refused',
      identities: new Fault('CA_UNAUTHENTICATED', 'no'),
      metadata: {},
      expected: 'XDS_UNAUTHENTICATED',
    },
  ])(
    'of a proxy is $expected when $when',
    async ({ identities = [REVIEWS], metadata, checksIdentity = true, expected }) => {
      const outcome = await admitStream(
        { authenticators: [says(identities)], checksIdentity },
        connection(metadata),
      ).then(
        () => 'admitted',
        (error: unknown) => Fault.from(error).code,
      );
      expect(outcome).toBe(expected);
    },
  );

  it.each([
    { of: 'its own namespace', metadata: { NAMESPACE: 'shop' }, expected: [REVIEWS] },
    { of: 'another namespace', metadata: { NAMESPACE: 'bank' }, expected: [] },
    { of: 'another account', metadata: { SERVICE_ACCOUNT: 'admin' }, expected: [] },
  ])('where nobody checks, takes for proved $expected of a proxy that claims $of', async ({ metadata, expected }) => {
    const rules = { authenticators: [says([REVIEWS])], checksIdentity: false };
    await expect(admitStream(rules, connection(metadata))).resolves.toEqual(expected);
  });

  it('asks nobody on the plaintext port', async () => {
    const rules = { authenticators: [nobody], checksIdentity: true };
    await expect(admitStream(rules, connection({ NAMESPACE: 'bank' }, 'plaintext'))).resolves.toEqual([]);
  });
});
