import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findLast, listCopies, readStages, type Stage } from './dockerfile.ts';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');
const FOLDER = path.join(REPOSITORY, 'deploy/images');

const names = globSync('Dockerfile.*', { cwd: FOLDER, exclude: ['*.dockerignore'] }).sort();
const files = names.map((name) => ({ name, stages: readStages(readFileSync(path.join(FOLDER, name), 'utf8')) }));

it('has an image for the control plane and one for the proxy', () => {
  expect(names).toEqual(['Dockerfile.control-plane', 'Dockerfile.proxy']);
});

describe.each(files)('$name', ({ name, stages }) => {
  it('starts from Debian with Node, by name', () => {
    expect(lastOf(stages).from).toMatch(/^node:24-[a-z]+-slim$/);
  });

  it('copies what is there, and what its context holds', () => {
    const sources = stages.flatMap(listCopies).flatMap((copy) => (copy.from === undefined ? copy.sources : []));
    expect(sources.filter((source) => !existsSync(path.join(REPOSITORY, source)))).toEqual([]);
    const ignore = readFileSync(path.join(FOLDER, `${name}.dockerignore`), 'utf8').split('\n');
    const context = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect([...new Set(sources.map((source) => source.split('/')[0]))].sort()).toEqual([...context].sort());
    expect(context.filter((entry) => !existsSync(path.join(REPOSITORY, entry)))).toEqual([]);
  });

  it('copies from stages that it has', () => {
    const aliases = stages.map(({ alias }) => alias);
    const used = stages.flatMap(listCopies).flatMap(({ from }) => from ?? []);
    expect(used.filter((from) => !aliases.includes(from))).toEqual([]);
  });

  it('builds what the launcher starts', () => {
    const builds = stages.find(({ alias }) => alias === 'build');
    const tools = builds?.instructions.flatMap(({ name: verb, text }) =>
      verb === 'RUN' ? [...text.matchAll(/node (\S+)/g)].map((match) => match[1] ?? '') : [],
    );
    expect(tools).toEqual(['tools/gen/protos.ts', 'tools/build.ts']);
    expect(tools?.filter((tool) => !existsSync(path.join(REPOSITORY, tool)))).toEqual([]);
    expect(lastOf(stages).instructions).toContainEqual({
      name: 'COPY',
      text: '--from=build /build/dist /opt/pilothouse/dist',
    });
  });

  it('runs the launcher as nobody in particular, from where mounted files are looked for', () => {
    const last = lastOf(stages);
    expect(findLast(last, 'USER')).toBe('1337:1337');
    expect(findLast(last, 'WORKDIR')).toBe('/');
    expect(JSON.parse(findLast(last, 'ENTRYPOINT') ?? '')).toEqual(['/opt/pilothouse/bin/pilothouse']);
    expect(listCopies(last)).toContainEqual({
      from: undefined,
      sources: ['bin/pilothouse'],
      target: '/opt/pilothouse/bin/pilothouse',
    });
    expect(statSync(path.join(REPOSITORY, 'bin/pilothouse')).mode & 0o111).not.toBe(0);
  });
});

describe('readStages', () => {
  it.each([
    ['FRM node', 'is no instruction'],
    ['ADD somewhere /', 'is no instruction'],
    ['FROM ${NOWHERE}', 'starts from nothing'],
    ['RUN true\nFROM node', 'stands before FROM'],
  ])('refuses %j', (text, reason) => {
    expect(() => readStages(text)).toThrow(reason);
  });
});

function lastOf(stages: readonly Stage[]): Stage {
  const last = stages.at(-1);
  if (last === undefined) throw new Error('a Dockerfile without a stage');
  return last;
}
