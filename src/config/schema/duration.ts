const FORM =
  /^-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h)(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|µs|μs|ms|s|m|h))*$/;
const PART = /([0-9]*\.?[0-9]*)(ns|us|µs|μs|ms|s|m|h)/g;
const MS_PER: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Reads a duration in Go's form (`1h2m3.5s`, `500ms`), of which protobuf's JSON form (`3.5s`) is a part.
 *
 * @returns Milliseconds; `undefined` when the text is no duration.
 */
export function findDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > 64 || !FORM.test(text)) return undefined;
  let ms = 0;
  for (const [, digits = '', unit = ''] of text.matchAll(PART)) ms += Number(digits) * (MS_PER[unit] ?? 0);
  // Sums of decimal fractions carry noise far below a nanosecond.
  const rounded = Math.round(ms * 1e6) / 1e6;
  return text.startsWith('-') ? -rounded : rounded;
}

/** A duration that is a time to wait: what is less than nothing is none. Milliseconds. */
export function findWaitMs(text: string): number | undefined {
  const ms = findDurationMs(text);
  return ms !== undefined && ms >= 0 ? ms : undefined;
}

/** Milliseconds of a duration that was checked before. */
export function toDurationMs(text: string): number {
  const ms = findDurationMs(text);
  if (ms === undefined) throw new Error(`duration "${text}" was not checked`);
  return ms;
}
