import { beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../test/support/until.ts';
import { FakeClock } from '../kit/fake-clock.ts';
import { configureLogs } from '../kit/log.ts';
import { CertificateAuthority } from './authority.ts';
import { caFault } from './fault.ts';
import { hasSameKey, pemOf } from './material.ts';
import { FILE, type NamedTexts } from './material-files.ts';
import { PluggedSource } from './plugged-source.ts';
import { createRoot, toKeyPem } from './root-certificate.ts';
import { SelfSignedSource } from './self-signed-source.ts';
import { ServingCertificate } from './serving-certificate.ts';
import type { CaStore, SourceWatcher, StoredFiles } from './store.ts';
import { readCertificate } from './testing.ts';

const HOUR_MS = 3_600_000;
const KEY = { type: 'ec', curve: 'P-256' } as const;

beforeAll(() => configureLogs({ levels: new Map([['default', 'none']]) }));

/** A store in memory, which a test changes as other replicas and operators do. */
class MemoryStore implements CaStore {
  readonly place = 'memory';
  stored: StoredFiles | undefined;
  #versions = 0;
  #watchers: SourceWatcher[] = [];

  async read() {
    return this.stored;
  }

  async create(files: NamedTexts) {
    return this.stored === undefined ? this.write(files) : undefined;
  }

  async replace(files: NamedTexts, version: string) {
    if (this.stored?.version !== version) throw caFault('CA_STORE_CONFLICT', 'changed');
    return this.write(files);
  }

  async watch(watcher: SourceWatcher, signal: AbortSignal) {
    this.#watchers.push(watcher);
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  }

  write(files: NamedTexts): StoredFiles {
    this.stored = { files, version: String(++this.#versions) };
    for (const { tell } of this.#watchers) tell(this.stored);
    return this.stored;
  }

  clear(): void {
    this.stored = undefined;
    for (const { tell } of this.#watchers) tell(undefined);
  }
}

async function startSelfSigned(store: MemoryStore, clock: FakeClock) {
  const authority = new CertificateAuthority({ clock });
  const source = new SelfSignedSource({
    store,
    authority,
    clock,
    trustDomain: 'cluster.local',
    key: KEY,
    rootTtlMs: 100 * HOUR_MS,
    checkEveryMs: HOUR_MS,
    isFirstCheckRandom: false,
    gracePercent: 20,
  });
  const stop = new AbortController();
  await source.start();
  void source.run(stop.signal);
  return { authority, stop };
}

async function rootFiles(clock: FakeClock): Promise<NamedTexts> {
  const root = await createRoot({ trustDomain: 'cluster.local', key: KEY, ttlMs: 100 * HOUR_MS, nowMs: clock.now() });
  return { [FILE.certificate]: pemOf(root.certificate), [FILE.key]: toKeyPem(root.key) };
}

/** Signing runs on other threads: a fake clock's turns do not wait for it. */
const eventually = (isTrue: () => boolean) => until('what was signed', () => isTrue() || undefined);

describe('SelfSignedSource', () => {
  it("makes a root with Istio's lifetime and subject, once for all replicas", async () => {
    const [store, clock] = [new MemoryStore(), new FakeClock()];
    const replicas = await Promise.all([startSelfSigned(store, clock), startSelfSigned(store, clock)]);
    const pems = new Set(replicas.map(({ authority }) => authority.bundle.current().pem));
    const root = readCertificate([...pems][0]);
    expect([pems.size, root.subject, root.validToDate.getTime() - clock.now()]).toEqual([
      1,
      'O=cluster.local',
      100 * HOUR_MS,
    ]);
    for (const { stop } of replicas) stop.abort();
  });

  it('renews it with the same key when a fifth of its life is left', async () => {
    const [store, clock] = [new MemoryStore(), new FakeClock()];
    const { authority, stop } = await startSelfSigned(store, clock);
    const first = readCertificate(authority.bundle.current().pem);
    await clock.advance(79 * HOUR_MS);
    const isKept = readCertificate(authority.bundle.current().pem).raw.equals(first.raw);
    await clock.advance(HOUR_MS);
    await eventually(() => !authority.bundle.current().pem.includes(first.toString()));
    const second = readCertificate(authority.bundle.current().pem);
    const facts = [isKept, hasSameKey(first, second), authority.bundle.current().roots.length, second.subject];
    expect(facts).toEqual([true, true, 1, 'O=cluster.local']);
    stop.abort();
  });

  it('follows a replica that was faster, without a root of its own', async () => {
    const [store, clock] = [new MemoryStore(), new FakeClock()];
    const { authority, stop } = await startSelfSigned(store, clock);
    const files = await rootFiles(clock);
    store.write(files);
    const isFollowed = await eventually(() =>
      authority.bundle.current().pem.startsWith(files[FILE.certificate] ?? '?'),
    );
    await eventually(() => store.stored?.files['retired-roots.json'] !== undefined);
    const late = await startSelfSigned(store, clock);
    expect([isFollowed, late.authority.bundle.current().pem === authority.bundle.current().pem]).toEqual([true, true]);
    late.stop.abort();
    stop.abort();
  });

  it('puts a root back that was deleted, and keeps the one it has when another does not fit', async () => {
    const [store, clock] = [new MemoryStore(), new FakeClock()];
    const { authority, stop } = await startSelfSigned(store, clock);
    const { pem } = authority.bundle.current();
    store.clear();
    const isBack = await eventually(() => store.stored?.files[FILE.certificate] === pem);
    store.write({ [FILE.certificate]: pem, [FILE.key]: 'nonsense' });
    await clock.advance(1000);
    expect([isBack, authority.bundle.current().pem === pem]).toEqual([true, true]);
    stop.abort();
  });
});

describe('PluggedSource', () => {
  it('takes a new set that fits, with the old root beside it, and refuses one that does not', async () => {
    const [store, clock] = [new MemoryStore(), new FakeClock()];
    const authority = new CertificateAuthority({ clock });
    const plug = async (): Promise<NamedTexts> => {
      const files = await rootFiles(clock);
      return { ...files, [FILE.chain]: files[FILE.certificate] ?? '', [FILE.root]: files[FILE.certificate] ?? '' };
    };
    const [first, second] = [await plug(), await plug()];
    store.write(first);
    const source = new PluggedSource(store, authority);
    await source.start();
    const stop = new AbortController();
    void source.run(stop.signal);
    store.write({ ...second, [FILE.key]: first[FILE.key] ?? '' });
    const refused = authority.bundle.current().pem;
    store.write({ ...second, [FILE.chain]: '' });
    const incomplete = authority.bundle.current().pem;
    store.write(second);
    const taken = authority.bundle.current().pem;
    stop.abort();
    const pems = [first, second].map((files) => files[FILE.certificate]);
    expect([refused, incomplete, taken]).toEqual([pems[0], pems[0], `${pems[1]}${pems[0]}`]);
  });

  it('does not start without a whole set', async () => {
    const store = new MemoryStore();
    store.write({ [FILE.certificate]: 'x' });
    const source = new PluggedSource(store, new CertificateAuthority({ clock: new FakeClock() }));
    await expect(source.start()).rejects.toMatchObject({ code: 'CA_MATERIAL_INVALID' });
  });
});

describe('ServingCertificate', () => {
  it('is renewed at half of its life', async () => {
    const [store, clock] = [new MemoryStore(), new FakeClock()];
    const { authority, stop } = await startSelfSigned(store, clock);
    const serving = new ServingCertificate(
      { kind: 'authority', authority, names: () => ['istiod.istio-system.svc'] },
      clock,
    );
    await serving.start();
    void serving.run(stop.signal);
    const first = readCertificate(serving.current()?.cert);
    await clock.advance(49 * HOUR_MS);
    const isKept = readCertificate(serving.current()?.cert).raw.equals(first.raw);
    await clock.advance(2 * HOUR_MS);
    const isNew = await eventually(() => !readCertificate(serving.current()?.cert).raw.equals(first.raw));
    expect([first.subjectAltName, isKept, isNew]).toEqual(['DNS:istiod.istio-system.svc', true, true]);
    stop.abort();
  });
});
