import { describe, expect, it } from 'vitest';
import { toTypeScript } from './typescript.ts';

describe('toTypeScript', () => {
  it('writes interfaces, unions of names and the table of all messages', () => {
    const text = toTypeScript({
      messages: {
        'a.v3.B': [
          ['name', 1, 'string'],
          ['kind', 2, 'a.v3.B.Kind'],
          ['sizes', 3, 'uint64', 'packed'],
          ['children', 4, 'a.v3.B', 'map:string'],
        ],
        'a.v3.Empty': [],
        'google.protobuf.Any': [
          ['type_url', 1, 'string'],
          ['value', 2, 'bytes'],
        ],
      },
      enums: { 'a.v3.B.Kind': { ONE: 0, TWO: 1 } },
    });
    expect(text.split('\n').slice(2)).toEqual([
      "export type a_v3_B_Kind = 'ONE' | 'TWO';",
      '',
      'export interface a_v3_B {',
      '  readonly name?: string | undefined;',
      '  readonly kind?: a_v3_B_Kind | undefined;',
      '  readonly sizes?: readonly (number | string)[] | undefined;',
      '  readonly children?: Readonly<Record<string, a_v3_B>> | undefined;',
      '}',
      '',
      'export type a_v3_Empty = Readonly<Record<string, never>>;',
      '',
      'export interface google_protobuf_Any {',
      '  readonly type_url: string;',
      '  readonly value: Uint8Array;',
      '}',
      '',
      '/** Every message by its full protobuf name. */',
      'export interface MessageTypes {',
      "  'a.v3.B': a_v3_B;",
      "  'a.v3.Empty': a_v3_Empty;",
      "  'google.protobuf.Any': google_protobuf_Any;",
      '}',
      '',
    ]);
  });

  it('refuses two names that TypeScript would take for one', () => {
    expect(() => toTypeScript({ messages: { 'a.b_c': [], 'a_b.c': [] }, enums: {} })).toThrow(
      'need the same TypeScript name',
    );
  });
});
