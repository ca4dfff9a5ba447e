import { afterAll, beforeAll, expect } from 'vitest';
import { measureStep } from '../../examples/bookinfo/smoke.ts';
import { Bookinfo } from '../support/bookinfo.ts';
import { describeWithEnvoy } from '../support/envoy-suite.ts';
import { until } from '../support/until.ts';

const JASON = { 'end-user': 'jason' };

describeWithEnvoy('Bookinfo, step by step', (envoy, it) => {
  let bookinfo: Bookinfo;

  beforeAll(async () => {
    bookinfo = await Bookinfo.start(envoy);
  });

  afterAll(async () => {
    await bookinfo?.stop();
  });

  it('0-start: every version takes its share', async () => {
    await bookinfo.applyUntilServedBy('0-start', ['reviews-v1', 'reviews-v2', 'reviews-v3']);
    const page = await bookinfo.get('/productpage');
    expect(page.status).toBe(200);
    expect(page.body).toContain('served by <code>details-v1</code>');
    expect(page.body).toMatch(/served by <code>reviews-v[123]<\/code>/);
  });

  it('1-all-to-v1: traffic moves within a second of the file being saved', async () => {
    await bookinfo.applyUntilServedBy('0-start', ['reviews-v1', 'reviews-v2', 'reviews-v3']);
    const isV1 = async () => Object.keys(await bookinfo.countReviews(1))[0] === 'reviews-v1';
    expect(await measureStep(bookinfo.meshDir, '1-all-to-v1.yaml', isV1)).toBeLessThan(1_000);
    const { body } = await bookinfo.get('/productpage');
    expect(body).not.toContain('★');
  });

  it('2-90-10: one request in ten goes to the canary', async () => {
    await bookinfo.apply('2-90-10');
    await until('the canary', async () => ((await bookinfo.countReviews(40))['reviews-v3'] ?? 0) > 0 || undefined);
    const counts = await bookinfo.countReviews(500);
    expect(Object.keys(counts).sort()).toEqual(['reviews-v1', 'reviews-v3']);
    // 50 expected; five standard deviations to either side.
    expect(counts['reviews-v3']).toBeGreaterThan(16);
    expect(counts['reviews-v3']).toBeLessThan(84);
  });

  it('3-by-header: jason alone sees v2', async () => {
    await bookinfo.applyUntilServedBy('3-by-header', ['reviews-v2'], JASON);
    await bookinfo.untilServedBy(['reviews-v1']);
    await bookinfo.untilServedBy(['reviews-v1'], { 'end-user': 'jasper' });
    const { body } = await bookinfo.get('/productpage?u=jason');
    expect(body).toContain('<p class="stars black" title="5 of 5">★★★★★</p>');
  });

  it('4-mirror: v1 answers, v3 gets a copy of every request', async () => {
    // Everybody else is on v1 already: only a copy says that the step has come.
    const without = await bookinfo.countServed('reviews-v3');
    await bookinfo.apply('4-mirror');
    await until('the first copy', async () => {
      await bookinfo.countReviews(1);
      return (await bookinfo.countServed('reviews-v3')) > without || undefined;
    });
    await bookinfo.untilServedBy(['reviews-v1']);
    const before = await until('copies to settle', () => settled(() => bookinfo.countServed('reviews-v3')));
    expect(await bookinfo.countReviews(50)).toEqual({ 'reviews-v1': 50 });
    const copies = await until('fifty copies', async () => {
      const count = (await bookinfo.countServed('reviews-v3')) - before;
      return count >= 50 ? count : undefined;
    });
    expect(copies).toBe(50);
  });

  it('5-fault-delay: jason waits two seconds, nobody else does', async () => {
    await bookinfo.applyUntilServedBy('5-fault-delay', ['reviews-v2']);
    const jason = await timed(() => bookinfo.get('/api/v1/products/0/reviews', JASON));
    expect(jason).toMatchObject({ status: 200, seconds: 2 });
    expect(await timed(() => bookinfo.get('/api/v1/products/0/reviews'))).toMatchObject({ status: 200, seconds: 0 });
  });

  it('6-fault-abort: jason sees that ratings are gone, and everything else', async () => {
    await bookinfo.apply('6-fault-abort');
    await until('the fault', async () => (await ratingsError(bookinfo, JASON)) ?? undefined);
    expect(await ratingsError(bookinfo, JASON)).toBe('Ratings service is currently unavailable');
    expect(await ratingsError(bookinfo, {})).toBeUndefined();
    const { status, body } = await bookinfo.get('/productpage?u=jason');
    expect(status).toBe(200);
    expect(body).toContain('Ratings service is currently unavailable');
  });

  it('7-timeout: the page gives up on slow reviews after half a second', async () => {
    await bookinfo.apply('7-timeout');
    const late = async () => ((await bookinfo.get('/api/v1/products/0/reviews')).status === 503 ? true : undefined);
    await until('the timeout', late);
    const page = await timed(() => bookinfo.get('/productpage'));
    expect(page).toMatchObject({ status: 200, seconds: 0 });
    expect(page.body).toContain('The reviews are not available just now.<br><small>reviews:9080 answered 504</small>');
  });

  it('8-circuit-breaker: a crowd is turned away from ratings at once', async () => {
    await bookinfo.applyUntilServedBy('8-circuit-breaker', ['reviews-v2']);
    await until('an overflow', async () => {
      await Promise.all(Array.from({ length: 40 }, () => bookinfo.get('/api/v1/products/0/reviews')));
      const turnedAway = await overflow(bookinfo);
      return turnedAway > 0 ? turnedAway : undefined;
    });
    const crowd = await Promise.all(Array.from({ length: 60 }, () => ratingsError(bookinfo, {})));
    expect(crowd).toContain('Ratings service is currently unavailable');
    expect(await ratingsError(bookinfo, {})).toBeUndefined();
  });

  it('back to the start: everything is as it was', async () => {
    await bookinfo.applyUntilServedBy('0-start', ['reviews-v1', 'reviews-v2', 'reviews-v3']);
    const before = await overflow(bookinfo);
    await Promise.all(Array.from({ length: 60 }, () => bookinfo.get('/api/v1/products/0/reviews')));
    expect(await overflow(bookinfo)).toBe(before);
  });

  it('Envoy refused nothing in all of this', async () => {
    expect(await bookinfo.metric('pilot_total_xds_rejects')).toBe(0);
    const rejected = Object.entries(await bookinfo.stats('update_rejected$')).filter(([, count]) => count > 0);
    expect(rejected).toEqual([]);
  });
});

async function timed<T>(run: () => Promise<T>): Promise<T & { seconds: number }> {
  const started = performance.now();
  const result = await run();
  return { ...result, seconds: Math.floor((performance.now() - started) / 1_000) };
}

/** What the reviews say about ratings that they did not get; undefined when they did. */
async function ratingsError(bookinfo: Bookinfo, headers: Record<string, string>): Promise<string | undefined> {
  const { body } = await bookinfo.get('/api/v1/products/0/reviews', headers);
  return JSON.parse(body).reviews?.[0]?.rating?.error;
}

async function overflow(bookinfo: Bookinfo): Promise<number> {
  const counters = await bookinfo.stats('ratings.*upstream_rq_pending_overflow$');
  return Object.values(counters).reduce((sum, count) => sum + count, 0);
}

/** A number that many questions in a row agree on. */
async function settled(read: () => Promise<number>): Promise<number | undefined> {
  const first = await read();
  // A copy is under way for less time than so many answers take, however busy the machine is: they share it.
  for (let reads = 0; reads < 25; reads++) if ((await read()) !== first) return undefined;
  return first;
}
