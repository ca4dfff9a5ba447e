import { describe, expect, it } from 'vitest';
import type { Fate } from '../../model/issue.ts';
import { objectKey } from '../../model/object.ts';
import { toObjectStatus } from './object-status.ts';
import { statusDigest, toStatusPatch } from './status-patch.ts';

const applied: Fate = { kind: 'applied' };
const because = 'so it is';

describe('toObjectStatus', () => {
  it.each<{ fate: Fate; status: string; reason: string; message: string }>([
    { fate: applied, status: 'True', reason: 'Applied', message: 'in force as it is written' },
    { fate: { kind: 'partly-applied', because }, status: 'True', reason: 'PartlyApplied', message: because },
    {
      fate: { kind: 'shadowed', by: objectKey('ServiceEntry', 'a', 'b'), because },
      status: 'False',
      reason: 'Shadowed',
      message: `by ServiceEntry/a/b: ${because}`,
    },
    { fate: { kind: 'ignored', because }, status: 'False', reason: 'Ignored', message: because },
    { fate: { kind: 'waiting', because }, status: 'False', reason: 'Waiting', message: because },
    { fate: { kind: 'rejected', because }, status: 'False', reason: 'Rejected', message: because },
    { fate: { kind: 'quarantined', because }, status: 'False', reason: 'Quarantined', message: because },
  ])('says of a fate $fate.kind: $reason', ({ fate, ...expected }) => {
    expect(toObjectStatus({ fate, messages: [], generation: 3 })).toEqual({
      conditions: [
        { type: 'PassedValidation', status: 'True', reason: 'Valid', message: 'no errors found' },
        { type: 'Applied', ...expected },
      ],
      validationMessages: [],
      observedGeneration: 3,
    });
  });

  it('says what is wrong', () => {
    const messages = [
      { severity: 'error', code: 'VS_HOST_REPEATED', message: 'twice' },
      { severity: 'warning', code: 'SELECTOR_EMPTY', message: 'picks all' },
    ] as const;
    expect(toObjectStatus({ fate: applied, messages, generation: 1 })).toMatchObject({
      conditions: [{ status: 'False', reason: 'Invalid', message: 'VS_HOST_REPEATED: twice' }, {}],
      validationMessages: [
        { type: { name: 'VsHostRepeated', code: 'VS_HOST_REPEATED' }, level: 'ERROR', message: 'twice' },
        { type: { name: 'SelectorEmpty', code: 'SELECTOR_EMPTY' }, level: 'WARNING', message: 'picks all' },
      ],
    });
  });

  it('stays small, whatever there is to say', () => {
    const messages = Array.from(
      { length: 100 },
      (_, i) => ({ severity: 'error', code: 'X', message: `${i}`.repeat(5000) }) as const,
    );
    const status = toObjectStatus({
      fate: { kind: 'rejected', because: 'x'.repeat(100_000) },
      messages,
      generation: 1,
    });
    expect(JSON.stringify(status).length).toBeLessThan(50_000);
  });
});

describe('toStatusPatch', () => {
  const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  const wanted = toObjectStatus({ fate: { kind: 'ignored', because }, messages: [], generation: 2 });
  const [valid, ignored] = wanted.conditions;
  const since = { lastTransitionTime: '2026-01-02T03:04:05Z', observedGeneration: 2 };

  it('writes all where there is nothing', () => {
    expect(toStatusPatch(undefined, wanted, now)).toEqual({
      conditions: [
        { ...valid, ...since },
        { ...ignored, ...since },
      ],
      observedGeneration: 2,
    });
  });

  it('has nothing to say where all is said, in whatever order and since whenever', () => {
    const held = toStatusPatch(undefined, wanted, 0);
    expect(toStatusPatch({ ...held, extra: 1 }, wanted, now)).toBeUndefined();
    expect(statusDigest('uid', held)).toBe(statusDigest('uid', wanted));
    expect(statusDigest('other', held)).not.toBe(statusDigest('uid', wanted));
  });

  it('keeps the conditions of others, and since when its own are what they are', () => {
    const healthy = { type: 'Healthy', status: 'True', lastProbeTime: 'x' };
    const before = { ...ignored, message: 'another reason', lastTransitionTime: 'long ago', observedGeneration: 1 };
    const patch = toStatusPatch(
      { conditions: [before, healthy], validationMessages: [{ level: 'ERROR' }] },
      wanted,
      now,
    );
    expect(patch).toEqual({
      conditions: [healthy, { ...valid, ...since }, { ...ignored, ...since, lastTransitionTime: 'long ago' }],
      validationMessages: null,
      observedGeneration: 2,
    });
  });
});
