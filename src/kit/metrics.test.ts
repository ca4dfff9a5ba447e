import { beforeEach, describe, expect, it } from 'vitest';
import { counter, gauge, histogram, listMetrics, renderMetrics, resetMetrics } from './metrics.ts';

const pushes = counter({ name: 'test_pushes', help: 'Pushes of a test.', labels: ['type'] });
const starts = counter({ name: 'test_starts', help: 'Starts of a test.' });
const streams = gauge({ name: 'test_streams', help: 'Streams of a test.', labels: ['version'] });
const seconds = histogram({ name: 'test_push_seconds', help: 'Seconds of a test.', buckets: [0.1, 1] });

beforeEach(() => resetMetrics());

describe('counter', () => {
  it('counts for each value of its labels', async () => {
    pushes.add(2, { type: 'cds' });
    pushes.add(1, { type: 'cds' });
    pushes.add(5, { type: 'eds' });
    expect([await pushes.read({ type: 'cds' }), await pushes.read({ type: 'lds' })]).toEqual([3, 0]);
  });

  it('needs no labels when it has none', async () => {
    starts.add(1);
    expect(await starts.read()).toBe(1);
  });
});

describe('gauge', () => {
  it('goes up and down, and forgets labels that are gone', async () => {
    streams.set(4, { version: '1.29' });
    streams.add(-1, { version: '1.29' });
    expect(await streams.read({ version: '1.29' })).toBe(3);
    streams.remove({ version: '1.29' });
    expect(await renderMetrics()).not.toContain('version="1.29"');
  });
});

it('renders what Prometheus reads', async () => {
  seconds.observe(0.5);
  pushes.add(1, { type: 'cds' });
  const lines = (await renderMetrics()).split('\n');
  expect(lines).toEqual(
    expect.arrayContaining([
      '# TYPE test_pushes counter',
      'test_pushes{type="cds"} 1',
      'test_push_seconds_bucket{le="1"} 1',
    ]),
  );
});

it('lists what is declared, for the page of metrics', () => {
  expect(listMetrics()).toContainEqual({
    name: 'test_pushes',
    help: 'Pushes of a test.',
    type: 'counter',
    labels: ['type'],
  });
});
