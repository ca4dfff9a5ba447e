import { findWaitMs } from '../../config/schema/duration.ts';
import { flag } from '../flag.ts';

/** A duration as Go writes it, `1m30s` or `100ms`; its value is in milliseconds. */
export const durationFlag = flag.parsed<number>('duration', (text) => {
  const value = findWaitMs(text);
  return value === undefined ? { ok: false, expected: 'a duration such as 10s or 1m30s' } : { ok: true, value };
});
