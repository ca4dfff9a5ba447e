import type { Json } from '../../json.ts';
import type { GoStruct } from '../value.ts';

/** Protobuf's duration; templates print it as Go does: `1m30s`. */
export function toDuration(json: Json | undefined): GoStruct {
  const written = typeof json === 'string' ? json : undefined;
  const seconds = Number(/^(-?[\d.]+)s$/.exec(written ?? '')?.[1] ?? 0);
  const text = printDuration(seconds);
  return {
    typeName: '*durationpb.Duration',
    isNil: written === undefined,
    text,
    find: (name) => findPart(name, seconds),
    toJson: () => written ?? null,
  };
}

function findPart(name: string, seconds: number): ReturnType<GoStruct['find']> {
  if (name === 'Seconds' || name === 'GetSeconds')
    return { value: BigInt(Math.trunc(seconds)), isMethod: name === 'GetSeconds' };
  if (name === 'Nanos' || name === 'GetNanos')
    return { value: BigInt(Math.round((seconds % 1) * 1e9)), isMethod: name === 'GetNanos' };
  return undefined;
}

function printDuration(seconds: number): string {
  if (seconds === 0) return '0s';
  const size = Math.abs(seconds);
  const front = seconds < 0 ? '-' : '';
  if (size < 1e-6) return `${front}${Math.round(size * 1e9)}ns`;
  if (size < 1e-3) return `${front}${toShort(size * 1e6)}µs`;
  if (size < 1) return `${front}${toShort(size * 1e3)}ms`;
  const hours = Math.floor(size / 3600);
  const minutes = Math.floor((size % 3600) / 60);
  const whole = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : '';
  return `${front}${whole}${toShort(size % 60)}s`;
}

function toShort(value: number): string {
  return String(Number(value.toFixed(9)));
}
