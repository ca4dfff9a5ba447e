import { describe, expect, it } from 'vitest';
import { service, sidecar } from '../../../test/support/model.ts';
import { inboundScope, sidecarClass } from '../../../test/support/scopes.ts';
import { objectKey } from '../../model/object.ts';
import type { PeerPolicy } from '../../model/peer-policy.ts';
import { CompileCache } from '../cache.ts';
import { listPolicyNotes, listPolicyPorts } from './peer-policies.ts';
import { getListenerSettings } from './settings.ts';

const WEB = service('default', 'web', { ports: [{ name: 'http', number: 80, protocol: 'http', targetPort: 8080 }] });
const NARROW = objectKey('PeerAuthentication', 'default', 'narrow');
const WIDE = objectKey('PeerAuthentication', 'istio-system', 'wide');

const policy = (rest: Partial<PeerPolicy>): PeerPolicy => ({
  mode: 'permissive',
  ports: [],
  origins: [NARROW, WIDE],
  ...rest,
});
const scopeOf = (peers: PeerPolicy, rest: Parameters<typeof inboundScope>[1] = {}) => ({
  ...inboundScope([WEB], rest),
  peers,
});
const settingsOf = (identity: 'agent' | 'none', scope: ReturnType<typeof inboundScope>) =>
  getListenerSettings(scope.mesh, sidecarClass({ capabilities: { identity } }), new CompileCache());

describe('listPolicyPorts', () => {
  it.each([
    { when: 'nothing is said of ports', ports: [], expected: [] },
    { when: 'the service has them', ports: [8080], expected: [] },
    { when: 'they are numbers of the service only', ports: [80], expected: [80] },
    { when: 'nobody has them', ports: [9000, 9001], expected: [9000, 9001] },
    { when: 'one is where captured connections come in', ports: [9000, 15006], expected: [9000] },
  ])('lists $expected when $when', ({ ports, expected }) => {
    const scope = scopeOf(policy({ ports: ports.map((port) => [port, 'strict'] as const) }));
    expect(listPolicyPorts(scope, settingsOf('agent', scope))).toEqual(expected);
  });

  it('asks an ingress, where there is one, and not the services', () => {
    const ingress = [{ port: { number: 9000, protocol: 'http', name: 'http' }, captureMode: 'default' }] as const;
    const peers = policy({
      ports: [
        [8080, 'disable'],
        [9000, 'disable'],
      ],
    });
    const scope = scopeOf(peers, { sidecar: sidecar('default', 'web', { ingress }) });
    expect(listPolicyPorts(scope, settingsOf('agent', scope))).toEqual([8080]);
  });
});

describe('listPolicyNotes', () => {
  it.each<{ when: string; peers: Partial<PeerPolicy>; identity?: 'agent'; notes: readonly (readonly string[])[] }>([
    { when: 'both are taken', peers: {}, notes: [] },
    { when: 'the proxy has certificates', peers: { mode: 'strict', decidedBy: WIDE }, identity: 'agent', notes: [] },
    {
      when: 'mutual TLS is a must',
      peers: { mode: 'strict', decidedBy: WIDE },
      notes: [
        [WIDE, 'mutual TLS is a must for a workload whose proxy has no certificate: it goes on taking plaintext'],
      ],
    },
    {
      when: 'mutual TLS is a must on ports',
      peers: {
        ports: [
          [80, 'strict'],
          [81, 'disable'],
          [82, 'strict'],
        ],
      },
      notes: [
        [
          NARROW,
          'mutual TLS on port 80, 82 is a must for a workload whose proxy has no certificate: it goes on taking plaintext',
        ],
      ],
    },
  ])('tells $notes.length facts when $when', ({ peers, identity, notes }) => {
    const scope = scopeOf(policy(peers));
    const found = listPolicyNotes(scope, settingsOf(identity ?? 'none', scope));
    expect(found.map(({ object, message }) => [object, message])).toEqual(notes);
  });
});
