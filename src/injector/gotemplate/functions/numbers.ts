import { asNumber, type FunctionTable, type GoFunction, ofAny, ofMany } from '../function.ts';
import { TemplateError } from '../template-error.ts';
import type { GoValue } from '../value.ts';

/** What sprig has for numbers. Integers stay integers, whatever they are written as. */
export const NUMBERS: FunctionTable = {
  int: ofAny(1, toInteger),
  int64: ofAny(1, toInteger),
  float64: ofAny(1, (value) => (typeof value === 'string' ? Number(value) || 0 : asNumber(value))),
  add: ofMany((...values) => values.reduce<bigint>((sum, value) => sum + toInteger(value), 0n)),
  add1: ofAny(1, (value) => toInteger(value) + 1n),
  sub: ofAny(2, (a, b) => toInteger(a) - toInteger(b)),
  mul: ofMany((...values) => values.reduce<bigint>((product, value) => product * toInteger(value), 1n)),
  div: ofAny(2, (a, b) => toInteger(a) / toDivisor(b)),
  mod: ofAny(2, (a, b) => toInteger(a) % toDivisor(b)),
  max: extreme((a, b) => a > b),
  min: extreme((a, b) => a < b),
  biggest: extreme((a, b) => a > b),
  addf: ofMany((...values) => values.reduce<number>((sum, value) => sum + toFloat(value), 0)),
  subf: ofAny(2, (a, b) => toFloat(a) - toFloat(b)),
  mulf: ofMany((...values) => values.reduce<number>((product, value) => product * toFloat(value), 1)),
  divf: ofAny(2, (a, b) => toFloat(a) / toFloat(b)),
  floor: ofAny(1, (value) => Math.floor(toFloat(value))),
  ceil: ofAny(1, (value) => Math.ceil(toFloat(value))),
  round: { parameters: ['any', 'int'], rest: 'any', call: (value, digits) => round(toFloat(value), Number(digits)) },
  until: { parameters: ['int'], call: (count) => sequence(0n, toInteger(count), toInteger(count) < 0n ? -1n : 1n) },
  untilStep: {
    parameters: ['int', 'int', 'int'],
    call: (start, stop, step) => sequence(toInteger(start), toInteger(stop), toInteger(step)),
  },
};

const MAX_SEQUENCE = 100_000;

function toInteger(value: GoValue): bigint {
  if (typeof value === 'bigint') return value;
  return BigInt(Math.trunc(asNumber(value)) || 0);
}

function toFloat(value: GoValue): number {
  return typeof value === 'string' ? Number(value) || 0 : asNumber(value);
}

function toDivisor(value: GoValue): bigint {
  const divisor = toInteger(value);
  if (divisor === 0n) throw new TemplateError('runtime error: integer divide by zero');
  return divisor;
}

function extreme(isBetter: (a: bigint, b: bigint) => boolean): GoFunction {
  const choose = (first: GoValue, ...others: readonly GoValue[]) =>
    others.map(toInteger).reduce((best, value) => (isBetter(value, best) ? value : best), toInteger(first));
  return { parameters: ['any'], rest: 'any', call: choose };
}

function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}

function sequence(start: bigint, stop: bigint, step: bigint): readonly bigint[] {
  const values: bigint[] = [];
  if (step === 0n) return values;
  for (let value = start; step > 0n ? value < stop : value > stop; value += step) {
    if (values.length >= MAX_SEQUENCE) throw new TemplateError(`a sequence has more than ${MAX_SEQUENCE} numbers`);
    values.push(value);
  }
  return values;
}
