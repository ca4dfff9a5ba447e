import { describe, expect, it } from 'vitest';
import type { ObjectKey } from '../../model/object.ts';
import { objectKey } from '../../model/object.ts';
import { ROUTE_TYPE } from '../../xds/type-url.ts';
import type { NackFact } from '../../xds/view-source.ts';
import { NackBoard } from './nack-board.ts';

const a = objectKey('VirtualService', 'shop', 'a');
const b = objectKey('VirtualService', 'shop', 'b');

function nack(version: string, message = 'refused', origins: readonly string[] = [a, b]): NackFact {
  const resources = [{ name: '80', version, bytes: Buffer.alloc(0), origins }];
  return { typeUrl: ROUTE_TYPE, nonce: 'n', version, message, resources, suspects: resources, removed: [] };
}

function board(): { judge(fact: NackFact): unknown; isolated: Set<ObjectKey>; forget(keys: ObjectKey[]): void } {
  const isolated = new Set<ObjectKey>();
  const judged = new NackBoard({
    findSuspect: (key) => [a, b].filter((k) => k === key).map((k) => ({ key: k, changedAt: 1, text: '' }))[0],
    isolate: (key) => isolated.add(key),
    acquit: (key) => isolated.delete(key),
  });
  return { judge: (fact) => judged.judge(fact), isolated, forget: (keys) => judged.forget(keys) };
}

describe('NackBoard', () => {
  it('isolates the likeliest object, once for all proxies that refuse the same content', () => {
    const { judge, isolated } = board();
    expect([judge(nack('1')), judge(nack('1'))]).toEqual([{ kind: 'isolated', object: a }, { kind: 'known' }]);
    expect([...isolated]).toEqual([a]);
  });

  it('acquits it and tries the next when the same words come back', () => {
    const { judge, isolated } = board();
    judge(nack('1'));
    expect(judge(nack('2'))).toEqual({ kind: 'isolated', object: b });
    expect([...isolated]).toEqual([b]);
  });

  it('keeps it isolated when other words come back, for those are another case', () => {
    const { judge, isolated } = board();
    judge(nack('1', 'refused', [a]));
    expect(judge(nack('2', 'also refused', [b]))).toEqual({ kind: 'isolated', object: b });
    expect([...isolated]).toEqual([a, b]);
  });

  it('says so when nobody is left to suspect', () => {
    const { judge, isolated } = board();
    expect([judge(nack('1')), judge(nack('2')), judge(nack('3'))][2]).toEqual({ kind: 'unexplained' });
    expect([...isolated]).toEqual([]);
  });

  it('begins anew when the isolated object was changed', () => {
    const { judge, forget } = board();
    judge(nack('1'));
    forget([a]);
    expect(judge(nack('2'))).toEqual({ kind: 'isolated', object: a });
  });
});
