import { flag } from '../flag.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration as Go writes it, `1m30s` or `100ms`; its value is in milliseconds. */
export const durationFlag = flag.parsed<number>('duration', (text) => {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join('') === text;
  if (!isWhole) return { ok: false, expected: 'a duration such as 10s or 1m30s' };
  return {
    ok: true,
    value: parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNIT_MS[unit ?? ''] ?? 0), 0),
  };
});
