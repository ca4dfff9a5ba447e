import { describe, expect, it } from 'vitest';
import { isOfSurroundings, listMentions, parseRefusalText } from './message.ts';

describe('parseRefusalText', () => {
  it.each([
    ['  no \n\n good\n', { text: 'no good', printed: undefined }],
    [
      'goo.gle/debugstr   \nname: "80"\nvirtual_hosts {\n  name: "a"\n}\n: Proto constraint validation failed (X.Y: too large)\n',
      { text: 'Proto constraint validation failed (X.Y: too large)', printed: '80' },
    ],
    [
      'Error adding/updating cluster(s) c: goo.gle/debugonly  \nname: "c"\n: Proto constraint validation failed (T: no)',
      { text: 'Error adding/updating cluster(s) c: : Proto constraint validation failed (T: no)', printed: 'c' },
    ],
    [
      'goo.gle/debugproto \ncluster_name: "e"\n: Proto constraint validation failed (P: no)',
      { text: 'Proto constraint validation failed (P: no)', printed: 'e' },
    ],
    [
      'Invalid duration: Duration out-of-range: goo.gle/debugstr   \nseconds: 9223372036\n',
      { text: 'Invalid duration: Duration out-of-range:', printed: undefined },
    ],
  ])('reads %j', (message, expected) => {
    expect(parseRefusalText(message)).toEqual(expected);
  });
});

describe('isOfSurroundings', () => {
  it.each([
    ["cannot bind '192.0.2.77:80': Cannot assign requested address", true],
    ['Invalid path: /nope', true],
    ['Permission denied', true],
    ['Invalid common duration configuration: a.', false],
  ])('%s: %s', (text, expected) => {
    expect(isOfSurroundings(text)).toBe(expected);
  });
});

describe('listMentions', () => {
  it('finds what is quoted, unless it is too short', () => {
    expect(listMentions("bad 'abc', \"def\", `ghi` and 'x'")).toEqual(['abc', 'def', 'ghi']);
  });
});
