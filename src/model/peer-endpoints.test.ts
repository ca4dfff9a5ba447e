import { describe, expect, it } from 'vitest';
import { meta } from '../../test/support/model.ts';
import type { Endpoint } from './endpoint.ts';
import type { PeerAuthentication } from './peer-authentication.ts';
import { applyPeerPolicies } from './peer-endpoints.ts';
import { PeerPolicies } from './peer-policy.ts';
import type { EndpointIndex } from './snapshot.ts';

const ENDPOINT: Endpoint = {
  address: '10.0.0.1',
  additionalAddresses: [],
  port: 8080,
  servicePortName: 'http',
  servicePortNumber: 80,
  labels: { app: 'web' },
  health: 'healthy',
  weight: 1,
  locality: '',
  network: '',
  cluster: 'Kubernetes',
  node: '',
  namespace: 'shop',
  workloadName: 'web',
  canonicalName: 'web',
  canonicalRevision: 'latest',
  identity: 'spiffe://cluster.local/ns/shop/sa/web',
  tlsMode: 'istio',
};
const OTHER: Endpoint = { ...ENDPOINT, address: '10.0.0.2', port: 9090 };
const LIST = [ENDPOINT, OTHER];

const policies = (rest: Partial<PeerAuthentication>) =>
  new PeerPolicies([{ meta: meta('PeerAuthentication', 'shop', 'one'), ports: [], ...rest }], 'istio-system');
const index = (list: readonly Endpoint[], changed: readonly string[] = []): EndpointIndex => ({
  of: () => list,
  listChangedSince: () => changed,
});
const modes = (list: readonly Endpoint[]) => list.map(({ tlsMode }) => tlsMode);

describe('applyPeerPolicies', () => {
  it.each<{ when: string; rest: Partial<PeerAuthentication>; expected: string[] }>([
    { when: 'mutual TLS is a must', rest: { mode: 'strict' }, expected: ['istio', 'istio'] },
    { when: 'the namespace has none', rest: { mode: 'disable' }, expected: ['refused', 'refused'] },
    {
      when: 'the workload has none',
      rest: { selector: { app: 'web' }, mode: 'disable' },
      expected: ['refused', 'refused'],
    },
    {
      when: 'another workload has none',
      rest: { selector: { app: 'db' }, mode: 'disable' },
      expected: ['istio', 'istio'],
    },
    {
      when: "a port of the workload's own has none",
      rest: { selector: { app: 'web' }, mode: 'strict', ports: [[8080, 'disable']] },
      expected: ['refused', 'istio'],
    },
    {
      when: "a port is named by its service's number",
      rest: { selector: { app: 'web' }, ports: [[80, 'disable']] },
      expected: ['istio', 'istio'],
    },
  ])('is $expected where $when', ({ rest, expected }) => {
    expect(modes(applyPeerPolicies(index(LIST), policies(rest)).of('web', 'shop'))).toEqual(expected);
  });

  it('changes nothing else, and nothing where nothing has to', () => {
    const off = policies({ selector: { app: 'db' }, mode: 'disable' });
    expect(applyPeerPolicies(index(LIST), off).of('web', 'shop')).toBe(LIST);
    const none = index(LIST);
    expect(applyPeerPolicies(none, policies({ mode: 'strict' }))).toBe(none);
    const [policed] = applyPeerPolicies(index(LIST), policies({ mode: 'disable' })).of('web', 'shop');
    expect(policed).toEqual({ ...ENDPOINT, tlsMode: 'refused' });
  });

  it('gives the identical list for the identical one, whatever index it is in', () => {
    const off = policies({ mode: 'disable' });
    const list = applyPeerPolicies(index(LIST), off).of('web', 'shop');
    expect(applyPeerPolicies(index(LIST), off).of('web', 'shop')).toBe(list);
  });

  it('tells what changed under the same policies, and nothing under others', () => {
    const off = policies({ mode: 'disable' });
    const before = applyPeerPolicies(index(LIST), off);
    const after = applyPeerPolicies(index([OTHER], ['web']), off);
    expect(after.listChangedSince?.(before)).toEqual(['web']);
    const others = applyPeerPolicies(index([OTHER], ['web']), policies({ mode: 'disable' }));
    expect(others.listChangedSince?.(before)).toBeUndefined();
    expect(others.listChangedSince?.(index(LIST))).toBeUndefined();
  });
});
