import { describe, expect, it } from 'vitest';
import { executeTemplate } from './execute.ts';
import { FUNCTIONS } from './functions/functions.ts';
import answers from './go-answers.json' with { type: 'json' };
import { parseTemplate } from './parser.ts';
import { TemplateError } from './template-error.ts';
import { fromJson } from './value.ts';

const NAMES = new Set([...Object.keys(FUNCTIONS), 'and', 'or']);

/** What the answers were asked with, as JSON in Go: whole numbers are floats. */
const DATA = {
  name: 'pod',
  count: 3,
  half: 1.5,
  big: 1e21,
  tiny: 0.00001,
  flag: true,
  zero: 0,
  nothing: null,
  emptyText: '',
  emptyList: [],
  emptyMap: {},
  list: ['one', 'two', 'three'],
  map: { b: 'bee', a: 1 },
  deep: { a: { b: 'leaf' } },
  deepList: [{ name: 'x' }, { name: 'y' }],
};

function run(source: string): { readonly text: string } | { readonly error: string } {
  try {
    return { text: executeTemplate(parseTemplate('t', source, NAMES), FUNCTIONS, fromJson(DATA)) };
  } catch (error) {
    if (error instanceof TemplateError) return { error: error.message };
    throw error;
  }
}

// Each row was put to Go 1.26's text/template with sprig 3.3: what it printed, or what it complained of.
describe('templates, against what Go says of them', () => {
  it.each(answers)('$template', ({ template, ...answer }) => {
    expect(run(template)).toEqual(answer);
  });
});

describe('templates that do not end', () => {
  it.each([
    { template: '{{define "r"}}{{template "r"}}{{end}}{{template "r"}}', because: 'exceeded maximum template depth' },
    { template: '{{range until 100000}}{{range until 100000}}x{{end}}{{end}}', because: 'more than 200000 steps' },
    { template: '{{range untilStep 0 1000000 1}}x{{end}}', because: 'a sequence has more than 100000 numbers' },
  ])('$template', ({ template, because }) => {
    expect(run(template)).toEqual({ error: expect.stringContaining(because) });
  });
});
