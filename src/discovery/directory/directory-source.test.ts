import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../../test/support/until.ts';
import { ConfigDocument } from '../../config/read/config-document.ts';
import type { SourceChange, SourceGroup } from '../source.ts';
import { type DirectoryOptions, DirectorySource } from './directory-source.ts';

let root: string;
let told: SourceChange[];
let synced: number;
let groups: Map<string, SourceGroup>;
let source: DirectorySource;

const at = (...names: string[]) => join(root, ...names);
const object = (name: string) => `kind: X\nname: ${name}\n`;
const write = (name: string, text: string) => writeFile(at(name), text);

/** What is told now: by file, the second line of each document. */
const state = () =>
  Object.fromEntries(
    [...groups]
      .filter(([, { objects }]) => objects.length > 0)
      .map(([id, { objects }]) => [id.slice(root.length + 1), objects.map(nameOf).join()])
      .sort(),
  );
const nameOf = (raw: SourceGroup['objects'][number]) =>
  raw instanceof ConfigDocument ? /name: (\w+)/.exec(raw.text)?.[1] : '';
const codes = () => [...groups.values()].flatMap(({ issues }) => issues.map(({ code }) => code));

async function start(options: Partial<DirectoryOptions> = {}): Promise<void> {
  source = new DirectorySource({ path: root, ...options });
  await source.start({
    onChange(change) {
      told.push(change);
      for (const id of change.removed) groups.delete(id);
      for (const group of change.groups) groups.set(group.id, group);
    },
    onSynced: () => (synced += 1),
  });
}

const becomes = (wanted: Record<string, string>) =>
  until(JSON.stringify(wanted), () => (JSON.stringify(state()) === JSON.stringify(wanted) ? true : undefined));

const tells = (fact: string, is: () => boolean) => until(fact, () => (is() ? true : undefined));

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pilothouse-directory-'));
  told = [];
  synced = 0;
  groups = new Map();
});

afterEach(async () => {
  await source.stop();
  await rm(root, { recursive: true, force: true });
});

describe('what a directory holds', () => {
  it('is every document of every YAML and JSON file in it and below', async () => {
    await mkdir(at('deep', 'er'), { recursive: true });
    await write('a.yaml', `${object('a')}---\n${object('b')}`);
    await write('c.yml', object('c'));
    await write('D.YAML', object('d'));
    await write('deep/er/e.json', '{"kind": "X", "name: e": 1}');
    await start();
    expect(state()).toEqual({ 'D.YAML': 'd', 'a.yaml': 'a,b', 'c.yml': 'c', 'deep/er/e.json': 'e' });
  });

  it('is told as one change', async () => {
    await write('a.yaml', object('a'));
    await write('b.yaml', object('b'));
    await start();
    expect(told.map(({ groups, removed }) => [groups.length, removed.length])).toEqual([[2, 0]]);
  });

  it.each(['.a.yaml', 'a.yaml~', '.a.yaml.swp', '#a.yaml#', '#a.yaml', '.#a.yaml', 'a.txt', 'yaml', '4913'])(
    'is not %s',
    async (name) => {
      await write('x.yaml', object('x'));
      await write(name, object('a'));
      await mkdir(at('.hidden'));
      await write('.hidden/y.yaml', object('y'));
      await start();
      expect(state()).toEqual({ 'x.yaml': 'x' });
    },
  );

  it('is followed through links, but not round in circles', async () => {
    const other = await mkdtemp(join(tmpdir(), 'pilothouse-linked-'));
    await writeFile(join(other, 'far.yaml'), object('far'));
    await symlink(other, at('linked'));
    await symlink(join(other, 'far.yaml'), at('near.yaml'));
    await symlink(root, at('circle'));
    await symlink('self.yaml', at('self.yaml'));
    await start();
    await rm(other, { recursive: true });
    expect(state()).toEqual({ 'linked/far.yaml': 'far', 'near.yaml': 'far' });
    expect(codes()).toEqual(['FILE_UNREADABLE', 'FILE_UNREADABLE']);
  });

  it('is what can be read of it', async () => {
    execFileSync('mkfifo', [at('pipe.yaml')]);
    await writeFile(at('binary.yaml'), Buffer.from([0x6b, 0xff, 0xfe, 0x00]));
    await write('empty.yaml', '');
    await write('comment.yaml', '# nothing\n');
    await write('x.yaml', object('x'));
    await start();
    expect(state()).toEqual({ 'x.yaml': 'x' });
    const messages = [...groups.values()].flatMap(({ issues }) =>
      issues.map(({ code, message }) => `${code} ${message}`),
    );
    expect(messages.sort()).toEqual([
      'FILE_EMPTY the file holds no object',
      'FILE_EMPTY the file holds no object',
      'FILE_UNREADABLE the file is not UTF-8 text',
      'FILE_UNREADABLE the file is not a regular file',
    ]);
  });
});

describe('a change in a directory', () => {
  it('of one file tells that file alone', async () => {
    await write('a.yaml', object('a'));
    await write('b.yaml', object('b'));
    await start();
    await write('a.yaml', object('changed'));
    await becomes({ 'a.yaml': 'changed', 'b.yaml': 'b' });
    expect(told.slice(1)).toEqual([
      { reason: `${at('a.yaml')} changed`, groups: [groups.get(at('a.yaml'))], removed: [] },
    ]);
  });

  it('of one document leaves the others the identical values', async () => {
    await write('a.yaml', `${object('a')}---\n${object('b')}`);
    await start();
    const before = groups.get(at('a.yaml'))?.objects[0];
    await write('a.yaml', `${object('a')}---\n${object('changed')}`);
    await becomes({ 'a.yaml': 'a,changed' });
    expect(groups.get(at('a.yaml'))?.objects[0]).toBe(before);
  });

  it('is nothing when a file is written as it was', async () => {
    await write('a.yaml', object('a'));
    await start();
    await write('a.yaml', object('a'));
    await write('b.yaml', object('b'));
    await becomes({ 'a.yaml': 'a', 'b.yaml': 'b' });
    expect(groups.get(at('a.yaml'))?.objects).toHaveLength(1);
  });

  it('may be an editor that renames a new file over the old', async () => {
    await write('a.yaml', object('a'));
    await start();
    await write('.a.yaml.tmp', object('changed'));
    await rename(at('.a.yaml.tmp'), at('a.yaml'));
    await becomes({ 'a.yaml': 'changed' });
    expect(told.slice(1).flatMap(({ removed }) => removed)).toEqual([]);
  });

  it('may be a file that gets another name, which is one change', async () => {
    await write('a.yaml', object('a'));
    await start();
    told = [];
    await rename(at('a.yaml'), at('b.yaml'));
    await becomes({ 'b.yaml': 'a' });
    expect(told.map(({ groups: came, removed }) => [came.map(({ id }) => id), removed])).toEqual([
      [[at('b.yaml')], [at('a.yaml')]],
    ]);
  });

  it('is told though the file never comes to rest', async () => {
    await write('a.yaml', object('a'));
    await start({ settleMs: 50 });
    const saves = setInterval(() => writeFileSync(at('a.yaml'), object('b') + ' '.repeat(Date.now() % 97)), 5);
    try {
      await becomes({ 'a.yaml': 'b' });
    } finally {
      clearInterval(saves);
    }
    expect(state()).toEqual({ 'a.yaml': 'b' });
  });

  it('is seen after the directory was deleted and made anew at once', async () => {
    await mkdir(at('sub'));
    await write('sub/a.yaml', object('a'));
    await start({ rescanMs: 60_000 });
    for (const name of ['b', 'c', 'd', 'e', 'f']) {
      rmSync(root, { recursive: true });
      mkdirSync(at('sub'), { recursive: true });
      writeFileSync(at('sub', 'a.yaml'), object(name));
      await becomes({ 'sub/a.yaml': name });
    }
    await write('sub/a.yaml', object('g'));
    await becomes({ 'sub/a.yaml': 'g' });
    expect(codes()).toEqual([]);
  });

  it('may be an editor that moves the old file away and writes a new one', async () => {
    await write('a.yaml', object('a'));
    await start();
    await rename(at('a.yaml'), at('a.yaml~'));
    await write('a.yaml', object('changed'));
    await becomes({ 'a.yaml': 'changed' });
    expect(told.slice(1).flatMap(({ removed }) => removed)).toEqual([]);
  });

  it('may be an editor that empties the file before it writes it', async () => {
    await write('a.yaml', object('a'));
    await start();
    await truncate(at('a.yaml'));
    await write('a.yaml', object('changed'));
    await becomes({ 'a.yaml': 'changed' });
    expect(told.slice(1).flatMap(({ groups }) => groups.map(({ objects }) => objects.length))).toEqual([1]);
  });

  it('empties a file only when it stays empty', async () => {
    await write('a.yaml', object('a'));
    await start();
    await truncate(at('a.yaml'));
    await tells('that the file is empty', () => codes().includes('FILE_EMPTY'));
    expect(state()).toEqual({});
  });

  it('keeps the objects of a file that cannot be read any more', async () => {
    await write('a.yaml', object('a'));
    await start();
    await writeFile(at('a.yaml'), Buffer.from([0x6b, 0xff, 0xfe, 0x00]));
    await tells('that the file is unreadable', () => codes().includes('FILE_UNREADABLE'));
    expect(state()).toEqual({ 'a.yaml': 'a' });
    await write('a.yaml', object('again'));
    await becomes({ 'a.yaml': 'again' });
    expect(codes()).toEqual([]);
  });

  it('of many files at once is told in few changes', async () => {
    await start();
    await Promise.all(Array.from({ length: 20 }, (_, i) => write(`f${i}.yaml`, object(`f${i}`))));
    await tells('all files', () => groups.size === 20);
    expect(told.slice(1).length).toBeLessThan(4);
  });

  it('may be a whole directory that comes, is renamed, and goes', async () => {
    await start();
    await mkdir(at('one', 'deep'), { recursive: true });
    await write('one/deep/a.yaml', object('a'));
    await becomes({ 'one/deep/a.yaml': 'a' });
    await rename(at('one'), at('two'));
    await becomes({ 'two/deep/a.yaml': 'a' });
    await write('two/deep/a.yaml', object('changed'));
    await becomes({ 'two/deep/a.yaml': 'changed' });
    await rm(at('two'), { recursive: true });
    await becomes({});
    expect(codes()).toEqual([]);
  });

  it('may be a directory that takes the place of another', async () => {
    await mkdir(at('live'));
    await write('live/a.yaml', object('a'));
    await write('live/gone.yaml', object('gone'));
    await start();
    await mkdir(at('.next'));
    await write('.next/a.yaml', object('next'));
    await rename(at('live'), at('.old'));
    await rename(at('.next'), at('live'));
    await becomes({ 'live/a.yaml': 'next' });
    await write('live/a.yaml', object('later'));
    await becomes({ 'live/a.yaml': 'later' });
    expect(codes()).toEqual([]);
  });

  it("may be Kubernetes swapping a ConfigMap's files by a link", async () => {
    await mkdir(at('..one'));
    await write('..one/a.yaml', object('a'));
    await write('..one/b.yaml', object('b'));
    await symlink('..one', at('..data'));
    await symlink('..data/a.yaml', at('a.yaml'));
    await symlink('..data/b.yaml', at('b.yaml'));
    await start();
    expect(state()).toEqual({ 'a.yaml': 'a', 'b.yaml': 'b' });
    await mkdir(at('..two'));
    await write('..two/a.yaml', object('a2'));
    await write('..two/b.yaml', object('b2'));
    await symlink('..two', at('..data_tmp'));
    await rename(at('..data_tmp'), at('..data'));
    await rm(at('..one'), { recursive: true });
    await becomes({ 'a.yaml': 'a2', 'b.yaml': 'b2' });
    expect(told.slice(1).map(({ groups }) => groups.length)).toEqual([2]);
  });

  it('is seen behind a link to a file elsewhere', async () => {
    const other = await mkdtemp(join(tmpdir(), 'pilothouse-linked-'));
    await writeFile(join(other, 'far.yaml'), object('far'));
    await symlink(join(other, 'far.yaml'), at('near.yaml'));
    await start();
    await writeFile(join(other, 'far.yaml'), object('changed'));
    await becomes({ 'near.yaml': 'changed' });
    await rm(other, { recursive: true });
    await becomes({});
    expect(codes()).toEqual([]);
  });

  it('is found by looking when the system keeps silent', async () => {
    await write('a.yaml', object('a'));
    await start();
    await write('a.yaml', object('changed'));
    await source.rescan();
    expect(state()).toEqual({ 'a.yaml': 'changed' });
  });
});

describe('a directory that is not there', () => {
  it('is told, and read once it is there, before which nothing is synced', async () => {
    await rm(root, { recursive: true });
    await start();
    expect([state(), codes(), synced]).toEqual([{}, ['DIRECTORY_MISSING'], 0]);
    await mkdir(`${root}-made`);
    await writeFile(join(`${root}-made`, 'a.yaml'), object('a'));
    await rename(`${root}-made`, root);
    await tells('that it is synced', () => synced === 1);
    expect(state()).toEqual({ 'a.yaml': 'a' });
    expect(codes()).toEqual([]);
    await write('a.yaml', object('changed'));
    await becomes({ 'a.yaml': 'changed' });
  });

  it('takes nothing with it when it goes as a whole', async () => {
    await write('a.yaml', object('a'));
    await start();
    expect(synced).toBe(1);
    await rename(root, `${root}-away`);
    await tells('that the directory is missing', () => codes().includes('DIRECTORY_MISSING'));
    expect(state()).toEqual({ 'a.yaml': 'a' });
    await mkdir(root);
    await write('b.yaml', object('b'));
    await becomes({ 'b.yaml': 'b' });
    await rm(`${root}-away`, { recursive: true });
  });
});
