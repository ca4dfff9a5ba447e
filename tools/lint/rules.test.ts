import { describe, expect, it } from 'vitest';
import { lint } from './rules.ts';
import { createSourceFile } from './source.ts';

const findingsOf = (path: string, text: string) =>
  lint([createSourceFile(path, text)]).map(({ line, rule }) => `${line} ${rule}`);

describe('lint', () => {
  it.each([
    { what: 'a file of 401 lines', path: 'src/kit/a.ts', text: 'f();\n'.repeat(401), found: ['400 file-length'] },
    { what: 'a file of 400 lines', path: 'src/kit/a.ts', text: 'f();\n'.repeat(400), found: [] },
    { what: 'a file that manages', path: 'src/kit/push-manager.ts', text: '', found: ['1 file-name'] },
    { what: 'a file of utilities', path: 'src/kit/utils.test.ts', text: '', found: ['1 file-name'] },
    { what: 'a file in camel case', path: 'src/kit/pushQueue.ts', text: '', found: ['1 file-name'] },
    { what: 'a test of an ordinary file', path: 'src/kit/push-queue.test.ts', text: '', found: [] },
    {
      what: 'a type that only informs',
      path: 'src/kit/a.ts',
      text: '\nexport interface PushInfo {}',
      found: ['2 type-name'],
    },
    {
      what: 'a type named in a comment',
      path: 'src/kit/a.ts',
      text: '// type PushInfo\nconst a = "class PushData";',
      found: [],
    },
    { what: 'a TODO', path: 'src/kit/a.ts', text: '// TODO later', found: ['1 todo'] },
    { what: 'a TODO of an issue', path: 'src/kit/a.ts', text: '// TODO(#12) later', found: [] },
    { what: 'a TODO that is a word of the program', path: 'src/kit/a.ts', text: "const a = '// TODO';", found: [] },
    { what: 'an assertion', path: 'src/kit/a.ts', text: 'const a = b as string;', found: ['1 type-assertion'] },
    { what: 'a constant assertion', path: 'src/kit/a.ts', text: 'const a = [1] as const;', found: [] },
    { what: 'an import that renames', path: 'src/kit/a.ts', text: "import { a,\n b as c } from 'd';", found: [] },
    {
      what: 'a key that is renamed',
      path: 'src/kit/a.ts',
      text: 'type A<T> = { [K in keyof T as B<K>]: T[K] };',
      found: [],
    },
    { what: 'an assertion in a string', path: 'src/kit/a.ts', text: "const a = 'b as string';", found: [] },
    { what: 'an assertion in a test', path: 'src/kit/a.test.ts', text: 'const a = b as string;', found: [] },
    { what: 'an assertion at the border', path: 'src/gen/a.ts', text: 'const a = b as string;', found: [] },
    {
      what: 'the constructor of a brand',
      path: 'src/kit/a.ts',
      text: "type Host = Brand<string, 'Host'>;\nconst toHost = (text: string) => text as Host;",
      found: [],
    },
    { what: 'an export without comment', path: 'src/xds/a.ts', text: 'export const a = 1;', found: ['1 export-doc'] },
    { what: 'an export with comment', path: 'src/xds/a.ts', text: '/** One. */\nexport const a = 1;', found: [] },
    {
      what: 'constants that share a comment',
      path: 'src/xds/a.ts',
      text: '/** Two. */\nexport const a = 1;\nexport const b = 2;',
      found: [],
    },
    { what: 'an export elsewhere', path: 'src/server/a.ts', text: 'export const a = 1;', found: [] },
  ])('finds $found in $what', ({ path, text, found }) => {
    expect(findingsOf(path, text)).toEqual(found);
  });
});

describe('createSourceFile', () => {
  it.each([
    { text: "a('b');", code: "a(' ');" },
    { text: 'a(`b ${c} d`);', code: 'a(`        `);' },
    { text: 'a; // b', code: 'a;     ' },
    { text: 'a(/["\']/); b', code: 'a(      ); b' },
    { text: 'a / b / c', code: 'a / b / c' },
    { text: "a('it\\'s');", code: "a('     ');" },
  ])('blanks out $text', ({ text, code }) => {
    expect(createSourceFile('a.ts', text).code).toBe(code);
  });
});
