import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../../kit/fake-clock.ts';
import type { ObjectKey } from '../../model/object.ts';
import { objectKey } from '../../model/object.ts';
import { ROUTE_TYPE } from '../../xds/type-url.ts';
import type { NackFact } from '../../xds/view-source.ts';
import { NackBoard } from './nack-board.ts';

const a = objectKey('VirtualService', 'shop', 'a');
const b = objectKey('VirtualService', 'shop', 'b');
const EVERYTHING = [a, b];
const OTHERS = Array.from({ length: 10 }, (_, i) => objectKey('VirtualService', 'shop', `other-${i}`));

/** Judges with two objects that changed together; `version` of a resource is what was isolated when it was made. */
class Court {
  readonly isolated = new Set<ObjectKey>();
  readonly clock = new FakeClock();
  readonly board = new NackBoard(
    {
      findSuspect: (key) =>
        [...EVERYTHING, ...OTHERS]
          .filter((k) => k === key)
          .map((k) => ({ key: k, changedAt: 1, text: `says ${k}` }))[0],
      isolate: (keys) => {
        for (const key of keys) this.isolated.add(key);
      },
      acquit: (keys) => {
        for (const key of keys) this.isolated.delete(key);
      },
    },
    this.clock,
  );

  get version(): string {
    return [...this.isolated].sort().join();
  }

  refuse({
    message = 'refused',
    name = '80',
    version = this.version,
    id = 'p',
    address = '',
    isTrusted = true,
    accepting = 0,
    origins = EVERYTHING as readonly string[],
  } = {}) {
    const resources = [{ name, version, bytes: Buffer.alloc(0), origins }];
    const fact: NackFact = {
      typeUrl: ROUTE_TYPE,
      nonce: 'n',
      version,
      message,
      resources,
      suspects: resources,
      removed: [],
    };
    const verdict = this.board.judge(fact, {
      id,
      address,
      isTrusted,
      countAccepting: () => accepting,
      isServed: (_, resource) => resource.version === this.version,
    });
    return verdict.kind;
  }

  accept(id = 'p'): void {
    this.board.pushed();
    this.board.settled(id);
  }

  leave(id = 'p'): void {
    this.board.left(id, (run) => run());
  }
}

describe('NackBoard', () => {
  let court: Court;
  beforeEach(() => {
    court = new Court();
  });

  it('isolates the likeliest object, once for all proxies that refuse the same content', () => {
    expect([court.refuse(), court.refuse({ version: '', id: 'q' })]).toEqual(['isolated', 'known']);
    expect([...court.isolated]).toEqual([a]);
  });

  it('knows of content made before the culprit went, whatever other resource it is', () => {
    expect([court.refuse(), court.refuse({ name: '81', version: '' })]).toEqual(['isolated', 'known']);
    expect([...court.isolated]).toEqual([a]);
  });

  it('finds the other when the same words come back, and lets the first go', () => {
    court.refuse();
    court.refuse();
    expect([...court.isolated]).toEqual([a, b]);
    court.accept();
    expect([...court.isolated]).toEqual([b]);
    court.accept();
    expect([...court.isolated]).toEqual([b]);
  });

  it('keeps both isolated when both are guilty', () => {
    court.refuse();
    court.refuse();
    court.accept();
    court.refuse();
    court.accept();
    court.accept();
    expect([...court.isolated].sort()).toEqual([a, b]);
  });

  it('keeps it isolated when other words come back, for those are another case', () => {
    court.refuse({ origins: [a] });
    expect(court.refuse({ message: 'also refused', origins: [b] })).toBe('isolated');
    expect([...court.isolated]).toEqual([a, b]);
  });

  it('says so once when nobody is left to suspect, and lets all go', () => {
    expect([1, 2, 3, 4].map(() => court.refuse())).toEqual(['isolated', 'isolated', 'unexplained', 'known']);
    expect([...court.isolated]).toEqual([]);
  });

  it('begins anew when the isolated object was changed, to whatever', () => {
    court.refuse();
    court.isolated.delete(a);
    court.board.forget([a]);
    expect([court.refuse(), ...court.isolated]).toEqual(['isolated', a]);
  });

  it('lets an object go when another changes that may have been the cause', () => {
    court.refuse();
    court.board.forget([b]);
    expect([...court.isolated]).toEqual([]);
  });

  it('keeps an object whose words are quoted, whatever else changes', () => {
    court.refuse({ message: `cannot take 'says ${a}'` });
    court.accept();
    court.board.forget([b]);
    expect([...court.isolated]).toEqual([a]);
  });

  it.each([
    "Error adding/updating listener(s) l: cannot bind '127.0.0.1:80': Address already in use\n",
    'Error adding/updating cluster(s) c: Invalid path: /nope/ca.pem',
  ])('isolates nothing for what a machine lacks: %s', (message) => {
    expect([court.refuse({ message }), court.refuse({ message }), ...court.isolated]).toEqual([
      'surroundings',
      'known',
    ]);
  });

  it('believes a stranger only when a stranger from elsewhere says the same', () => {
    const say = (id: string, address: string) => court.refuse({ isTrusted: false, id, address });
    expect([say('p', '10.0.0.1:5'), say('q', '10.0.0.1:6'), say('r', '10.0.0.2:5')]).toEqual([
      'unconfirmed',
      'unconfirmed',
      'isolated',
    ]);
  });

  it('takes back what nobody confirmed a while after those who refused are gone, later each time', async () => {
    for (const lapseMs of [10_000, 20_000]) {
      court.refuse();
      court.leave();
      await court.clock.advance(lapseMs - 1);
      expect([...court.isolated]).toEqual([a]);
      await court.clock.advance(1);
      expect([...court.isolated]).toEqual([]);
    }
  });

  it('leaves in force what at least as many accept as refuse', () => {
    expect([court.refuse({ accepting: 1 }), court.refuse({ accepting: 1 })]).toEqual(['contradicted', 'known']);
    expect([court.refuse({ accepting: 1, id: 'q' }), ...court.isolated]).toEqual(['isolated', a]);
  });

  it('takes back what it put out of force when others accept what one still refuses', () => {
    court.refuse();
    expect([court.refuse({ accepting: 1 }), ...court.isolated]).toEqual(['contradicted']);
  });

  it('lets one connection alone keep few things out of force', () => {
    const refuse = (i: number, id: string) => court.refuse({ message: `no ${i}`, origins: OTHERS.slice(i, i + 1), id });
    const verdicts = Array.from({ length: 9 }, (_, i) => refuse(i, 'p'));
    expect(verdicts).toEqual([...Array(8).fill('isolated'), 'excessive']);
    expect(refuse(9, 'q')).toBe('isolated');
  });

  it('keeps what two refused from two places', async () => {
    court.refuse({ address: '10.0.0.1:5' });
    court.refuse({ version: '', id: 'q', address: '10.0.0.2:5' });
    court.leave('p');
    court.leave('q');
    await court.clock.advance(100_000);
    expect([...court.isolated]).toEqual([a]);
  });
});
