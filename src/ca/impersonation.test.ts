import { describe, expect, it } from 'vitest';
import { Fault } from '../kit/fault.ts';
import type { Caller } from './authenticator.ts';
import { authorizeImpersonation, type ImpersonationRules } from './impersonation.ts';

const AGENT = { namespace: 'istio-system', serviceAccount: 'ztunnel', name: 'ztunnel-1', uid: 'u1' };
const PLACE = { ...AGENT, node: 'n1' };
const REVIEWS = 'spiffe://cluster.local/ns/shop/sa/reviews';

const caller = (pod?: Caller['pod']): Caller => ({
  identities: ['spiffe://cluster.local/ns/istio-system/sa/ztunnel'],
  source: pod === undefined ? 'client-certificate' : 'service-account-token',
  ...(pod && { pod }),
});

function rulesOf(place: typeof PLACE | undefined): ImpersonationRules {
  const pods = {
    findPod: async () => place,
    hasPod: async (...wanted: readonly string[]) => wanted.join() === 'n1,shop,reviews',
  };
  return {
    trustedAccounts: ['istio-system/ztunnel'],
    trustDomains: () => ['cluster.local', 'old'],
    podsOf: (cluster) => (cluster === 'Kubernetes' ? pods : undefined),
  };
}

describe('authorizeImpersonation', () => {
  it.each<{ when: string; pod?: Caller['pod']; wanted?: string; place?: typeof PLACE; cluster?: string; why: string }>([
    { when: 'a pod of its node is it', pod: AGENT, why: 'granted' },
    { when: 'the id is of an alias', pod: AGENT, wanted: 'spiffe://old/ns/shop/sa/reviews', why: 'granted' },
    { when: 'it brings a certificate alone', why: 'the caller did not prove to be a pod' },
    {
      when: 'its account is not listed',
      pod: { ...AGENT, serviceAccount: 'other' },
      why: 'istio-system/other is no trusted node agent',
    },
    {
      when: 'the id is of another mesh',
      pod: AGENT,
      wanted: 'spiffe://bank.example/ns/shop/sa/reviews',
      why: 'the trust domain bank.example is not that of this mesh',
    },
    { when: 'what is wanted is no id', pod: AGENT, wanted: `${REVIEWS}/x`, why: 'what is asked for is no SPIFFE id' },
    {
      when: 'two ids are wanted',
      pod: AGENT,
      wanted: `${REVIEWS},${REVIEWS}`,
      why: 'what is asked for is no SPIFFE id',
    },
    {
      when: 'no pod of its node is it',
      pod: AGENT,
      wanted: 'spiffe://cluster.local/ns/shop/sa/ratings',
      why: 'no pod on n1 is shop/ratings',
    },
    {
      when: 'another pod has its name by now',
      pod: AGENT,
      place: { ...PLACE, uid: 'u2' },
      why: 'the pod of the caller is not there any more',
    },
    {
      when: 'it waits for a node',
      pod: AGENT,
      place: { ...PLACE, node: '' },
      why: 'the pod of the caller is on no node',
    },
    { when: 'the cluster has no name', pod: AGENT, cluster: '', why: 'no cluster "" is known here' },
  ])('says "$why" when $when', async ({ pod, wanted = REVIEWS, place = PLACE, cluster = 'Kubernetes', why }) => {
    const outcome = await authorizeImpersonation(rulesOf(place), { caller: caller(pod), wanted, cluster }).then(
      () => 'granted',
      (error: unknown) => Fault.from(error).message,
    );
    expect(outcome).toBe(why);
  });
});
