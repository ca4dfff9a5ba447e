import { describe, expect, it } from 'vitest';
import { splitDocuments } from './split.ts';

describe('splitDocuments', () => {
  it.each([
    { when: 'there is one document', stream: 'a: 1\n', chunks: [{ line: 1, text: 'a: 1\n' }] },
    { when: 'there is nothing', stream: '', chunks: [] },
    { when: 'there are only comments', stream: '# a\n---\n  # b\n---\n\n', chunks: [] },
    {
      when: 'markers separate documents',
      stream: '---\na: 1\n---\nb: 2\n...\n---\nc: 3',
      chunks: [
        { line: 2, text: 'a: 1\n' },
        { line: 4, text: 'b: 2\n' },
        { line: 7, text: 'c: 3' },
      ],
    },
    {
      when: 'a document begins on the line of its marker',
      stream: 'a: 1\n--- {b: 2}\n',
      chunks: [
        { line: 1, text: 'a: 1\n' },
        { line: 2, text: '--- {b: 2}\n' },
      ],
    },
    {
      when: 'markers carry comments and spaces',
      stream: 'a: 1\n--- # next\nb: 2\n---  \nc: 3\n',
      chunks: [
        { line: 1, text: 'a: 1\n' },
        { line: 3, text: 'b: 2\n' },
        { line: 5, text: 'c: 3\n' },
      ],
    },
    {
      when: 'dashes are part of a value',
      stream: 'a: |\n  ---\n  b\nc: ---x\n---d: 1\n',
      chunks: [{ line: 1, text: 'a: |\n  ---\n  b\nc: ---x\n---d: 1\n' }],
    },
    {
      when: 'lines end as on Windows, after a byte order mark',
      stream: '\ufeffa: 1\r\n---\r\nb: 2\r\n',
      chunks: [
        { line: 1, text: 'a: 1\r\n' },
        { line: 3, text: 'b: 2\r\n' },
      ],
    },
    {
      when: 'a directive belongs to what follows',
      stream: '%YAML 1.2\n---\na: 1\n',
      chunks: [{ line: 1, text: '%YAML 1.2\n---\na: 1\n' }],
    },
    {
      when: 'objects of JSON follow each other',
      stream: '{"a": "}{"}\n{"b": "\\"}"}{"c": 1}',
      chunks: [
        { line: 1, text: '{"a": "}{"}' },
        { line: 1, text: '\n{"b": "\\"}"}' },
        { line: 2, text: '{"c": 1}' },
      ],
    },
    { when: 'JSON does not end', stream: '{"a": {"b": 1}', chunks: [{ line: 1, text: '{"a": {"b": 1}' }] },
  ])('when $when', ({ stream, chunks }) => {
    expect(splitDocuments(stream)).toEqual(chunks);
  });
});
