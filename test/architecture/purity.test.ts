import { describe, expect, it } from 'vitest';
import { isTest, listSourceFiles } from '../../tools/lint/source.ts';
import { listImports } from './imports.ts';

/** Folders whose functions give equal results for equal arguments, wherever and whenever they run. */
const pure = ['src/model', 'src/compile'];

/** What would let something in that is not an argument. */
const impurities: readonly { readonly what: string; readonly pattern: RegExp }[] = [
  {
    what: 'the clock',
    pattern: /\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b/,
  },
  { what: 'chance', pattern: /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b/ },
  { what: 'the environment', pattern: /\bprocess\.|\bglobalThis\b/ },
  { what: 'waiting', pattern: /\bawait\b|\basync\b|\bPromise\b/ },
  { what: 'a log', pattern: /\bcreateLog\b|\brootLog\b|\bconsole\b/ },
];

/** Modules of Node that compute and do not touch the world. */
const pureModules = ['node:buffer', 'node:crypto', 'node:net', 'node:path'];

const files = listSourceFiles(process.cwd(), pure).filter((file) => !isTest(file));

describe.each(pure)('%s', (folder) => {
  const own = files.filter((file) => file.path.startsWith(`${folder}/`));

  it.each(impurities)('knows nothing of $what', ({ pattern }) => {
    expect(own.filter((file) => pattern.test(file.code)).map((file) => file.path)).toEqual([]);
  });

  it('imports no module that touches the world', () => {
    const touching = own.flatMap(listImports).filter(({ kind, to }) => kind === 'node' && !pureModules.includes(to));
    expect(touching).toEqual([]);
  });
});
