import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSourceAt } from './source-at.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pilothouse-source-'));
  writeFileSync(join(root, 'a.yaml'), '');
  writeFileSync(join(root, 'notes.txt'), '');
});

afterEach(() => rmSync(root, { recursive: true }));

describe('the source at a path', () => {
  it.each([
    { what: 'a directory', name: '', kind: 'directory' },
    { what: 'nothing yet', name: 'to-come', kind: 'directory' },
    { what: 'a file of YAML', name: 'a.yaml', kind: 'file' },
  ])('of $what is a $kind', ({ name, kind }) => {
    const path = join(root, name);
    expect(createSourceAt(path).name).toBe(`${kind} ${path}`);
  });

  it('of any other file is a fault', () => {
    expect(() => createSourceAt(join(root, 'notes.txt'))).toThrow('ends in none of .yaml, .yml and .json');
  });

  it('of what is no file at all is a fault', () => {
    expect(() => createSourceAt('/dev/null')).toThrow('/dev/null is not a regular file');
  });
});
