import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { load } from 'js-yaml';
import { expect, it } from 'vitest';
import { listResourceDefinitions } from '../../src/config/crd/resource-definition.ts';
import { createCrdFiles } from './files.ts';

const folder = path.resolve(import.meta.dirname, '..', '..', 'deploy', 'crds');

it('wrote deploy/crds from the definitions as they are now', () => {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.yaml')) : [];
  const committed = new Map(names.sort().map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]));
  expect([...committed]).toEqual([...createCrdFiles()].sort(([a], [b]) => (a < b ? -1 : 1)));
});

it('writes YAML that means what the definitions say', () => {
  const read = [...createCrdFiles().values()].map((text) => load(text));
  expect(read).toEqual(JSON.parse(JSON.stringify(listResourceDefinitions())));
});
