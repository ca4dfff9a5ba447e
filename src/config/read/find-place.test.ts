import { describe, expect, it } from 'vitest';
import type { Path } from '../path.ts';
import { type FieldPart, findPlace } from './find-place.ts';

const TEXT = `a:
  - b: 'x'
    c: {d: "e", "f": 1}
  - &anchor plain
  - |
    block
e:
g: *anchor
  # comment
h: !!str 5
"quoted key": [ 1,
  2 ]
? [complex]
: z
last: end`;

describe('findPlace', () => {
  const rows: readonly [what: string, path: Path, part: FieldPart, place: string][] = [
    ['the root', [], 'value', '1:1'],
    ['the name of a field', ['a'], 'key', '1:1'],
    ['a list', ['a'], 'value', '2:3'],
    ['an item', ['a', 0], 'value', '2:5'],
    ['a quoted value', ['a', 0, 'b'], 'value', '2:8'],
    ['a field in braces', ['a', 0, 'c', 'f'], 'key', '3:17'],
    ['a value in braces', ['a', 0, 'c', 'f'], 'value', '3:22'],
    ['a value behind an anchor', ['a', 1], 'value', '4:13'],
    ['an empty value, which takes the place of its name', ['e'], 'value', '7:1'],
    ['an alias', ['g'], 'value', '8:4'],
    ['a value behind a tag', ['h'], 'value', '10:10'],
    ['a quoted name', ['quoted key'], 'key', '11:1'],
    ['an item on the next line', ['quoted key', 1], 'value', '12:3'],
    ['a field after a key that is no text', ['last'], 'value', '15:7'],
    ['a field that is not written: its parent', ['a', 0, 'missing'], 'key', '2:5'],
    ['a field within an alias: the alias', ['g', 'x'], 'value', '8:4'],
  ];

  it.each(rows)('finds %s', (_, path, part, place) => {
    const { line, column } = findPlace(TEXT, path, part);
    expect(`${line}:${column}`).toBe(place);
  });

  it('finds what stands in brackets that are not indented', () => {
    expect(findPlace('a:\n  b: [\n  {x: 1},\n  {y: 2}\n  ]\n  c: 3', ['a', 'b', 1, 'y'], 'value')).toEqual({
      line: 4,
      column: 7,
    });
  });

  it('points at the beginning of a text that cannot be parsed', () => {
    expect(findPlace('a: [', ['a'], 'value')).toEqual({ line: 1, column: 1 });
  });
});
