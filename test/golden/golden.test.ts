import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { configureLogs } from '../../src/kit/log.ts';
import { compileCase } from '../support/golden/compiled-case.ts';
import { readGoldenCase } from '../support/golden/golden-case.ts';
import { GOLDEN_ROOT as ROOT, listCasesWith, listGoldenCases } from '../support/golden/golden-cases.ts';
import { printCase } from '../support/golden/print.ts';

const UPDATE = process.env.UPDATE_GOLDEN === '1';
/** A longer output is approved unread. */
const MAX_LINES = 120;

const inputs = listGoldenCases();

beforeAll(() => configureLogs({ write: () => undefined }));

describe('golden', () => {
  it.each(inputs)('%s', async (name) => {
    const golden = readGoldenCase(ROOT, name);
    const text = printCase(golden, await compileCase(golden));
    expect(text.split('\n').length, 'lines of out.yaml').toBeLessThanOrEqual(MAX_LINES);
    if (UPDATE) writeFileSync(golden.outPath, text);
    expect(existsSync(golden.outPath), 'out.yaml is there: UPDATE_GOLDEN=1 writes it').toBe(true);
    expect(text).toBe(readFileSync(golden.outPath, 'utf8'));
  });

  it('has no output without an input', () => {
    expect(listCasesWith('out.yaml').filter((name) => !inputs.includes(name))).toEqual([]);
  });

  it('has no shared objects that no case uses', () => {
    const used = new Set(inputs.flatMap((name) => readGoldenCase(ROOT, name).question.with ?? []));
    const shared = globSync('shared/*.yaml', { cwd: ROOT }).map((path) =>
      path.slice('shared/'.length, -'.yaml'.length),
    );
    expect(shared.filter((name) => !used.has(name))).toEqual([]);
  });
});
