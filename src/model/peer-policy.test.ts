import { describe, expect, it } from 'vitest';
import { meta } from '../../test/support/model.ts';
import type { PeerAuthentication } from './peer-authentication.ts';
import { findPortMode, isPlaintext, PeerPolicies } from './peer-policy.ts';

const ROOT = 'istio-system';
const APP = { app: 'web' };

/** `namespace/name`, oldest first, and what it says. */
function policy(id: string, rest: Partial<PeerAuthentication> = {}): PeerAuthentication {
  const [namespace = '', name = ''] = id.split('/');
  return { meta: meta('PeerAuthentication', namespace, name), ports: [], ...rest };
}

const find = (policies: readonly PeerAuthentication[], namespace = 'shop', labels = { ...APP, version: 'v1' }) =>
  new PeerPolicies(policies, ROOT).find({ namespace, labels });

describe('PeerPolicies.find', () => {
  it.each<{ when: string; policies: PeerAuthentication[]; mode: string; by?: string; origins: string[] }>([
    { when: 'nobody says anything', policies: [], mode: 'permissive', origins: [] },
    {
      when: 'the mesh says it',
      by: `${ROOT}/m`,
      policies: [policy(`${ROOT}/m`, { mode: 'strict' })],
      mode: 'strict',
      origins: [`${ROOT}/m`],
    },
    {
      when: 'the mesh leaves it open',
      policies: [policy(`${ROOT}/m`)],
      mode: 'permissive',
      origins: [`${ROOT}/m`],
    },
    {
      when: 'the namespace says otherwise',
      by: 'shop/n',
      policies: [policy(`${ROOT}/m`, { mode: 'strict' }), policy('shop/n', { mode: 'disable' })],
      mode: 'disable',
      origins: ['shop/n', `${ROOT}/m`],
    },
    {
      when: 'the namespace leaves it open',
      by: `${ROOT}/m`,
      policies: [policy(`${ROOT}/m`, { mode: 'strict' }), policy('shop/n')],
      mode: 'strict',
      origins: ['shop/n', `${ROOT}/m`],
    },
    {
      when: 'the workload says otherwise',
      by: 'shop/w',
      policies: [
        policy(`${ROOT}/m`, { mode: 'strict' }),
        policy('shop/n', { mode: 'disable' }),
        policy('shop/w', { selector: APP, mode: 'permissive' }),
      ],
      mode: 'permissive',
      origins: ['shop/w', 'shop/n', `${ROOT}/m`],
    },
    {
      when: 'the workload leaves it open',
      by: 'shop/n',
      policies: [policy('shop/n', { mode: 'disable' }), policy('shop/w', { selector: APP })],
      mode: 'disable',
      origins: ['shop/w', 'shop/n'],
    },
    {
      when: 'a younger one of the namespace disagrees',
      by: 'shop/a',
      policies: [policy('shop/a', { mode: 'strict' }), policy('shop/b', { mode: 'disable' })],
      mode: 'strict',
      origins: ['shop/a'],
    },
    {
      when: 'the oldest of the namespace leaves open what a younger one says',
      policies: [policy('shop/a'), policy('shop/b', { mode: 'disable' })],
      mode: 'permissive',
      origins: ['shop/a'],
    },
    {
      when: 'a younger one of the workload disagrees',
      by: 'shop/a',
      policies: [
        policy('shop/a', { selector: { version: 'v1' }, mode: 'strict' }),
        policy('shop/b', { selector: APP, mode: 'disable' }),
      ],
      mode: 'strict',
      origins: ['shop/a'],
    },
    {
      when: 'others are meant',
      policies: [policy('shop/a', { selector: { app: 'db' }, mode: 'strict' }), policy('bar/n', { mode: 'strict' })],
      mode: 'permissive',
      origins: [],
    },
    {
      when: 'one of the root namespace selects it',
      policies: [policy(`${ROOT}/a`, { selector: APP, mode: 'strict' })],
      mode: 'permissive',
      origins: [],
    },
  ])('is $mode when $when', ({ policies, mode, by, origins }) => {
    const toKey = (id: string) => `PeerAuthentication/${id}`;
    const expected = { mode, ports: [], origins: origins.map(toKey) };
    expect(find(policies)).toEqual(by === undefined ? expected : { ...expected, decidedBy: toKey(by) });
  });

  it('does not take a workload of the root namespace for one that is selected there', () => {
    const policies = [policy(`${ROOT}/a`, { selector: APP, mode: 'strict' })];
    expect(find(policies, ROOT).mode).toBe('permissive');
  });

  it('takes modes of ports from the policy of the workload, and inherits what it leaves open', () => {
    const own = policy('shop/w', {
      selector: APP,
      mode: 'strict',
      ports: [
        [80, 'inherit'],
        [9000, 'disable'],
      ],
    });
    const found = find([policy('shop/n', { mode: 'disable' }), own]);
    expect(found.ports).toEqual([
      [80, 'strict'],
      [9000, 'disable'],
    ]);
    expect([0, 80, 81, 9000].map((port) => findPortMode(found, port))).toEqual([
      'strict',
      'strict',
      'strict',
      'disable',
    ]);
  });

  it('gives workloads under the same policies the identical value', () => {
    const policies = new PeerPolicies([policy('shop/n', { mode: 'strict' })], ROOT);
    const one = policies.find({ namespace: 'shop', labels: APP });
    expect(policies.find({ namespace: 'shop', labels: { app: 'db' } })).toBe(one);
  });
});

describe('PeerPolicies.plaintext', () => {
  it.each([
    { when: 'nobody turns mutual TLS off', policies: [policy('shop/n', { mode: 'strict' })], off: [] },
    { when: 'a namespace does', policies: [policy('shop/n', { mode: 'disable' })], off: ['shop'] },
    { when: 'only a workload does', policies: [policy('shop/w', { selector: APP, mode: 'disable' })], off: [] },
    { when: 'the mesh does', policies: [policy(`${ROOT}/m`, { mode: 'disable' })], off: ['bar', ROOT, 'shop'] },
    {
      when: 'the mesh does, and a namespace does not',
      policies: [policy(`${ROOT}/m`, { mode: 'disable' }), policy('bar/n', { mode: 'permissive' }), policy('shop/n')],
      off: [ROOT, 'shop'],
    },
  ])('names namespaces when $when', ({ policies, off }) => {
    const { plaintext } = new PeerPolicies(policies, ROOT);
    expect(['bar', ROOT, 'shop'].filter((namespace) => isPlaintext(plaintext, namespace))).toEqual(off);
  });

  it('is an equal text for policies that clients cannot tell apart', () => {
    const one = new PeerPolicies([policy('b/n', { mode: 'disable' }), policy('a/n', { mode: 'disable' })], ROOT);
    const other = new PeerPolicies([policy('a/x', { mode: 'disable' }), policy('b/n', { mode: 'disable' })], ROOT);
    expect(one.plaintext).toBe(other.plaintext);
  });
});
