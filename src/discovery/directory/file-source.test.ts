import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { ConfigDocument } from '../../config/read/config-document.ts';
import type { SourceChange } from '../source.ts';
import { FileSource } from './file-source.ts';

let root: string;
let path: string;
let source: FileSource;
let told: SourceChange[];
let isSynced: boolean;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pilothouse-file-'));
  path = join(root, 'mesh');
  told = [];
  isSynced = false;
});

afterEach(async () => {
  await source.stop();
  await rm(root, { recursive: true, force: true });
});

async function start(rescanMs = 60_000): Promise<void> {
  source = new FileSource({ path, settleMs: 5, vanishMs: 20, rescanMs });
  await source.start({
    onChange: (change) => told.push(change),
    onSynced: () => {
      isSynced = true;
    },
  });
}

/** What is told now; `undefined` when the file is not there. */
const text = () => {
  const last = told.at(-1);
  const raw = last?.groups[0]?.objects[0];
  return raw instanceof ConfigDocument ? raw.text.trim() : undefined;
};
const becomes = (wanted: string | undefined) => until(`${wanted}`, () => (text() === wanted ? true : undefined));

it('tells the file, and every change of it', async () => {
  await writeFile(path, 'a: 1');
  await start();
  expect([isSynced, text()]).toEqual([true, 'a: 1']);
  await writeFile(path, 'a: 2');
  await becomes('a: 2');
  await writeFile(join(root, 'new'), 'a: 3');
  await rename(join(root, 'new'), path);
  await becomes('a: 3');
});

it('does not mind that the file is not there', async () => {
  await start();
  expect([isSynced, text()]).toEqual([true, undefined]);
  await writeFile(path, 'a: 1');
  await becomes('a: 1');
  await rm(path);
  await becomes(undefined);
});

it('looks for a file whose folder was not there', async () => {
  path = join(root, 'later', 'mesh');
  await start(20);
  await mkdir(join(root, 'later'));
  await writeFile(path, 'a: 1');
  await becomes('a: 1');
  expect(told).toHaveLength(2);
});

it("follows Kubernetes' swap of a mounted ConfigMap", async () => {
  await mkdir(join(root, '..one'));
  await writeFile(join(root, '..one', 'mesh'), 'a: 1');
  await symlink('..one', join(root, '..data'));
  await symlink('..data/mesh', path);
  await start();
  await mkdir(join(root, '..two'));
  await writeFile(join(root, '..two', 'mesh'), 'a: 2');
  await symlink('..two', join(root, '..data_tmp'));
  await rename(join(root, '..data_tmp'), join(root, '..data'));
  await becomes('a: 2');
  expect(told).toHaveLength(2);
});
