import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { FakeClock } from '../kit/fake-clock.ts';
import { DirectoryCaStore } from './directory-store.ts';
import { FolderSource } from './folder-source.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'pilothouse-store-'));
let count = 0;
const nextFolder = () => path.join(folder, String(count++));
afterAll(() => rmSync(folder, { recursive: true }));

const ONE = { 'ca-cert.pem': 'certificate 1', 'ca-key.pem': 'key 1' };
const TWO = { 'ca-cert.pem': 'certificate 2', 'ca-key.pem': 'key 2' };

describe('DirectoryCaStore', () => {
  it('has nothing where nothing was kept', async () => {
    expect(await new DirectoryCaStore(nextFolder()).read()).toBeUndefined();
  });

  it('lets the first of several create', async () => {
    const place = nextFolder();
    const outcomes = await Promise.all([ONE, TWO, ONE, TWO].map((files) => new DirectoryCaStore(place).create(files)));
    const kept = await new DirectoryCaStore(place).read();
    expect(outcomes.filter((outcome) => outcome !== undefined)).toEqual([kept]);
    expect(readdirSync(place).sort()).toEqual(['ca', kept?.version]);
  });

  it('replaces what is of the version that was read, and nothing else', async () => {
    const store = new DirectoryCaStore(nextFolder());
    const first = await store.create(ONE);
    const second = await store.replace(TWO, first?.version ?? '');
    expect((await store.read())?.files).toEqual(TWO);
    await expect(store.replace(ONE, first?.version ?? '')).rejects.toMatchObject({ code: 'CA_STORE_CONFLICT' });
    expect(await store.read()).toEqual(second);
  });

  it('lets nobody but the owner read, and refuses a key that others can', async () => {
    const place = nextFolder();
    const store = new DirectoryCaStore(place);
    await store.create(ONE);
    const key = path.join(place, 'ca', 'ca-key.pem');
    const modes = [place, path.join(place, 'ca'), key].map((file) => statSync(file).mode & 0o777);
    chmodSync(key, 0o644);
    expect(modes).toEqual([0o700, 0o700, 0o600]);
    await expect(store.read()).rejects.toMatchObject({ code: 'CA_STORE_UNUSABLE' });
  });

  it('refuses a key that somebody else has put there', async (context) => {
    if (process.geteuid?.() !== 0) context.skip('only root can give a file away');
    const place = nextFolder();
    const store = new DirectoryCaStore(place);
    await store.create(ONE);
    const key = path.join(place, 'ca', 'ca-key.pem');
    chownSync(key, 1337, 1337);
    await expect(store.read()).rejects.toMatchObject({ code: 'CA_STORE_UNUSABLE' });
    chownSync(place, 1337, 1337);
    expect((await store.read())?.files).toEqual(ONE);
  });

  it('tells what changed since a version, also what changed before it was watched', async () => {
    const clock = new FakeClock();
    const store = new DirectoryCaStore(nextFolder(), clock);
    const first = await store.create(ONE);
    await store.replace(TWO, first?.version ?? '');
    const stop = new AbortController();
    const told = Promise.withResolvers<unknown>();
    const watching = store.watch({ since: first?.version, tell: (stored) => told.resolve(stored?.files) }, stop.signal);
    await clock.advance(1000);
    expect(await told.promise).toEqual(TWO);
    stop.abort();
    await watching;
  });
});

describe('FolderSource', () => {
  it('reads the files of Istio alone', async () => {
    const place = nextFolder();
    await new DirectoryCaStore(place).create({ ...ONE, 'note.txt': 'x' });
    expect((await new FolderSource(path.join(place, 'ca')).read())?.files).toEqual(ONE);
  });

  it('has nothing where there is no folder', async () => {
    expect(await new FolderSource(nextFolder()).read()).toBeUndefined();
  });
});
