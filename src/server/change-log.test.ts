import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { configureLogs, createLog } from '../kit/log.ts';
import { objectKey } from '../model/object.ts';
import { ChangeLog } from './change-log.ts';
import type { RoundReport } from './push-rounds.ts';

const reviews = objectKey('VirtualService', 'default', 'reviews');
const ROUND: RoundReport = {
  reason: 'reviews.yaml changed',
  objects: [reviews],
  proxies: ['a', 'b'],
  responses: { rds: 2 },
  bytes: 10,
  ms: 20,
  waitingFor: [],
  refusedBy: [],
};

let lines: { level: string; msg: string }[] = [];

beforeAll(() => configureLogs({ format: 'json', write: (line) => lines.push(JSON.parse(line)) }));
afterAll(() => configureLogs({ format: 'text', write: (line) => process.stderr.write(line) }));
beforeEach(() => {
  lines = [];
});

describe('ChangeLog', () => {
  it.each<[what: string, round: Partial<RoundReport>, level: string, message: string]>([
    ['a round that all accepted', {}, 'info', '→ a, b (rds 2), all acknowledged in 20 ms'],
    ['a round that one refused', { refusedBy: ['b'] }, 'warn', '→ a, b (rds 2), refused by b, in 20 ms'],
    ['a round that nobody heard of', { proxies: [], responses: {} }, 'info', ': nothing to tell any proxy'],
    ['a round that ended unanswered', { waitingFor: ['a'] }, 'warn', ': not acknowledged by a'],
    [
      'a round that ended so, and was refused',
      { waitingFor: ['a'], refusedBy: ['b'] },
      'warn',
      ': refused by b, not acknowledged by a',
    ],
  ])('tells of %s', (_, round, level, message) => {
    new ChangeLog(createLog('push')).round({ ...ROUND, ...round });
    expect(lines.map((line) => [line.level, line.msg])).toEqual([
      [level, expect.stringMatching(new RegExp(`^VirtualService default/reviews ?${escape(message)}$`))],
    ]);
  });

  it('tells each fact on one line, whatever Envoy and users write', () => {
    new ChangeLog(createLog('push')).isolated({
      key: reviews,
      place: 'a.yaml:1:1',
      code: 'ENVOY_REJECTED',
      because: 'a proxy refused it:\n\n  bad\r\nroute\n',
    });
    expect(lines[0]?.msg).toMatch(/refused it: bad route$/);
  });

  it('tells a note once', () => {
    const log = new ChangeLog(createLog('push'));
    const note = { object: reviews, code: 'VS_SUBSET_UNKNOWN', message: 'no such subset' } as const;
    log.notes([note], () => 'a.yaml:1:1');
    log.notes([note], () => 'a.yaml:1:1');
    expect(lines.map((line) => line.msg)).toEqual([
      'a.yaml:1:1: VS_SUBSET_UNKNOWN: VirtualService default/reviews: no such subset',
    ]);
  });
});

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
