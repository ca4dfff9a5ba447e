import { describe, expect, it } from 'vitest';
import { type Flag, flag } from './flag.ts';

const cases: { flag: Flag<unknown>; kind: string; texts: string[]; parsed: unknown }[] = [
  { kind: 'string', flag: flag.string('s'), texts: ['a', 'b'], parsed: { ok: true, value: 'b' } },
  { kind: 'integer', flag: flag.integer('i'), texts: ['-12'], parsed: { ok: true, value: -12 } },
  { kind: 'integer', flag: flag.integer('i'), texts: ['1.5'], parsed: { ok: false, expected: 'a whole number' } },
  { kind: 'integer', flag: flag.integer('i'), texts: ['1e3'], parsed: { ok: false, expected: 'a whole number' } },
  { kind: 'boolean', flag: flag.boolean('b'), texts: ['F'], parsed: { ok: true, value: false } },
  { kind: 'boolean', flag: flag.boolean('b'), texts: ['yes'], parsed: { ok: false, expected: 'true or false' } },
  { kind: 'oneOf', flag: flag.oneOf(['a', 'b'], 'o'), texts: ['b'], parsed: { ok: true, value: 'b' } },
  { kind: 'oneOf', flag: flag.oneOf(['a', 'b'], 'o'), texts: ['c'], parsed: { ok: false, expected: 'one of a, b' } },
  { kind: 'list', flag: flag.list('l'), texts: ['a,b', 'c', ''], parsed: { ok: true, value: ['a', 'b', 'c'] } },
  { kind: 'pairs', flag: flag.pairs('p'), texts: ['a=1,b=2', 'a=3'], parsed: { ok: true, value: { a: '3', b: '2' } } },
  { kind: 'pairs', flag: flag.pairs('p'), texts: ['a=1,2'], parsed: { ok: true, value: { a: '1,2' } } },
  { kind: 'pairs', flag: flag.pairs('p'), texts: ['=1'], parsed: { ok: false, expected: 'name=value' } },
];

describe('flag', () => {
  it.each(cases)('$kind reads $texts', ({ flag: { parse }, texts, parsed }) => {
    expect(parse(texts)).toEqual(parsed);
  });

  it('has a value when nothing was given, if it has a default', () => {
    expect(flag.integer('i', { default: 15010 }).absent).toEqual({ value: 15010, text: '15010' });
    expect(flag.oneOf(['a', 'b'], 'o').absent).toEqual({ value: 'a', text: 'a' });
    expect(flag.boolean('b').absent).toEqual({ value: false, text: undefined });
    expect(flag.string('s').absent).toEqual({ value: undefined, text: undefined });
  });

  it('has none when it must be given', () => {
    expect(flag.string('s', { required: true }).absent).toBeUndefined();
  });

  it('refuses a default that it could not read', () => {
    expect(() => flag.integer('i', { default: 'x' })).toThrow('default "x" is not a whole number');
  });
});
