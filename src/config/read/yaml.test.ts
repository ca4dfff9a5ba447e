import { describe, expect, it } from 'vitest';
import { parseYaml } from './yaml.ts';

describe('parseYaml', () => {
  it.each([
    {
      when: 'values are of every kind',
      text: 'a: 1\nb: 1.5\nc: true\nd: text\ne: null\nf: [x]\ng: {h: ~}',
      value: { a: 1, b: 1.5, c: true, d: 'text', e: null, f: ['x'], g: { h: null } },
    },
    { when: 'words were booleans in YAML 1.1', text: 'a: yes\nb: off\nc: y', value: { a: 'yes', b: 'off', c: 'y' } },
    { when: 'values look like dates', text: 'a: 2026-01-01\nb: 12:30:00', value: { a: '2026-01-01', b: '12:30:00' } },
    { when: 'numbers have other bases', text: 'a: 0x1f\nb: 0o17\nc: 017', value: { a: 31, b: 15, c: 17 } },
    {
      when: 'keys merge',
      text: 'a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}',
      value: { a: { x: 1, y: 2 }, b: { x: 1, y: 3 } },
    },
    {
      when: 'brackets close in the column of the key',
      text: 'a:\n  b: [\n  1,\n  2\n  ]\n  c: {\n  }\n',
      value: { a: { b: [1, 2], c: {} } },
    },
    { when: 'lines end as on Windows', text: 'a: |\r\n  b\r\n  c\r\n', value: { a: 'b\nc\n' } },
    { when: 'it is JSON with tabs', text: '{\n\t"a": "\\u00e4\\/",\n\t"b": [1,\t2]\n}', value: { a: 'ä/', b: [1, 2] } },
  ])('reads a text when $when', ({ text, value }) => {
    expect(parseYaml(text)).toEqual({ kind: 'value', value });
  });

  it.each(['', '# only a comment\n', '~', '---\n...\n'])('finds nothing in %j', (text) => {
    expect(parseYaml(text)).toEqual({ kind: 'empty' });
  });

  it.each([
    { text: 'a: 1\n"a": 2', reason: 'the key "a" is written twice in one object', place: { line: 2, column: 2 } },
    { text: 'a: [1', reason: 'unexpected end of the stream within a flow collection', place: { line: 1, column: 6 } },
    { text: 'a: "1\nb: 2"', reason: 'deficient indentation', place: { line: 2, column: 1 } },
    {
      text: 'a: *b',
      reason: 'unidentified alias; a text that begins with "*", "&" or "!" needs quotes',
      place: { line: 1, column: 5 },
    },
    { text: 'a: b: c', reason: 'bad indentation of a mapping entry', place: { line: 1, column: 5 } },
  ])('says what is wrong with $text', ({ text, reason, place }) => {
    expect(parseYaml(text)).toEqual({ kind: 'broken', reason, place });
  });
});
