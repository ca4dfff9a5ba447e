import { type Clock, sleep } from '../kit/clock.ts';
import { Fault } from '../kit/fault.ts';
import { createLog } from '../kit/log.ts';
import type { CertificateAuthority } from './authority.ts';
import { isStillWanted } from './folder-source.ts';
import { type CaMaterial, hasSameKey, notAfterOf, parseMaterial, pemOf } from './material.ts';
import { FILE, findSelfSignedTexts, type NamedTexts } from './material-files.ts';
import { formatRetiredRoots, parseRetiredRoots, RETIRED_FILE } from './retired-roots.ts';
import { createRoot, type KeyChoice, renewRoot, toKeyPem } from './root-certificate.ts';
import type { CaStore, StoredFiles } from './store.ts';

/** How a root of our own is made and renewed. */
export interface SelfSignedOptions {
  readonly store: CaStore;
  readonly authority: CertificateAuthority;
  readonly clock: Clock;
  readonly trustDomain: string;
  readonly key: KeyChoice;
  /** Written beside the root, for others to read. */
  readonly moreFiles?: NamedTexts;
  /** Life of the root, in milliseconds. */
  readonly rootTtlMs: number;
  /** How often its remaining life is looked at, in milliseconds; 0 for never. */
  readonly checkEveryMs: number;
  /** Whether the first look comes at a random moment of that time, so that replicas do not look together. */
  readonly isFirstCheckRandom: boolean;
  /** It is renewed when no more than so many hundredths of its life remain. */
  readonly gracePercent: number;
}

const log = createLog('rootcertrotator');

/**
 * The root that signs itself: made when there is none, kept in a store that all replicas share, renewed in time with
 * the same key, and followed when somebody else renews or replaces it.
 * @see istio security/pkg/pki/ca/selfsignedcarootcertrotator.go
 */
export class SelfSignedSource {
  readonly #options: SelfSignedOptions;
  #stored: StoredFiles | undefined;
  /** States of the store are taken in one after the other. */
  #turn: Promise<void> = Promise.resolve();

  constructor(options: SelfSignedOptions) {
    this.#options = options;
  }

  /** Adopts the stored root, or makes one. @throws Fault of the store, `CA_MATERIAL_INVALID` */
  async start(): Promise<void> {
    const { store, trustDomain, key, rootTtlMs, clock } = this.#options;
    const stored = await store.read();
    if (stored !== undefined && findSelfSignedTexts(stored.files) !== undefined) {
      await this.#adopt(stored);
      log.info({ event: 'ca.adopted', place: store.place }, 'the root certificate was there already');
      return;
    }
    const material = await createRoot({ trustDomain, key, ttlMs: rootTtlMs, nowMs: clock.now() });
    const files = this.#toFiles(material);
    const kept =
      stored === undefined
        ? await store.create(files)
        : await store.replace({ ...stored.files, ...files }, stored.version);
    // Another replica was faster: its root is ours.
    if (kept === undefined) return this.start();
    await this.#adopt(kept);
    log.info({ event: 'ca.created', place: store.place }, 'a root certificate was made');
  }

  /** Follows the store and renews the root, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { store } = this.#options;
    const tell = (stored: StoredFiles | undefined) => this.#enqueue(() => this.#take(stored));
    await Promise.all([store.watch({ since: this.#stored?.version, tell }, signal), this.#checkOften(signal)]);
    await this.#turn;
  }

  #enqueue(step: () => Promise<void>): void {
    this.#turn = this.#turn.then(step).catch((error: unknown) => {
      const { code, message: detail } = Fault.from(error);
      const { place } = this.#options.store;
      // Its version is told next, and is looked at then.
      if (code === 'CA_STORE_CONFLICT') log.info({ event: 'ca.conflict', place }, 'another replica was faster');
      else log.error({ event: 'ca.refused', place, detail }, 'a change was refused: the root before signs on');
    });
  }

  /** A store that was emptied gets back what signs: leaves of it are all over the mesh. */
  async #take(stored: StoredFiles | undefined): Promise<void> {
    const { store, authority } = this.#options;
    const { material } = authority;
    if (stored?.version === this.#stored?.version && stored !== undefined) return;
    if (stored !== undefined) {
      await this.#adopt(stored);
      return this.#noteRetired(stored);
    }
    if (material === undefined) return;
    log.warn({ event: 'ca.deleted', place: store.place }, 'the root certificate was deleted: it is put back');
    const retired = authority.bundle.retired();
    const kept = await store.create({
      ...this.#toFiles(material),
      ...(retired.length > 0 && { [RETIRED_FILE]: formatRetiredRoots(retired) }),
    });
    if (kept !== undefined) this.#stored = kept;
  }

  /** @throws Fault `CA_MATERIAL_INVALID`, and nothing has changed. */
  async #adopt(stored: StoredFiles): Promise<void> {
    const { authority } = this.#options;
    const texts = findSelfSignedTexts(stored.files);
    const material = parseMaterial(texts ?? { certificate: '', key: '', chain: '', root: '' });
    const before = authority.material;
    this.#stored = stored;
    if (before === undefined || !before.certificate.raw.equals(material.certificate.raw))
      authority.adopt(material, await authority.bridgeTo(material));
    const retired = parseRetiredRoots(stored.files[RETIRED_FILE]);
    authority.bundle.retire(retired.filter(({ certificate }) => !hasSameKey(certificate, material.certificate)));
  }

  /** A root that was replaced is written beside its successor, or a replica that starts later would not trust it. */
  async #noteRetired(stored: StoredFiles): Promise<void> {
    const { store, authority } = this.#options;
    const noted = parseRetiredRoots(stored.files[RETIRED_FILE]);
    const retired = authority.bundle.retired();
    const isNoted = retired.every(({ certificate }) =>
      noted.some((row) => row.certificate.raw.equals(certificate.raw)),
    );
    if (isNoted) return;
    const files = { ...stored.files, [RETIRED_FILE]: formatRetiredRoots(retired) };
    this.#stored = await store.replace(files, stored.version);
  }

  /** All keys that Istio's own Secret has; those of a key and certificate that are not the root's are empty. */
  #toFiles({ certificate, key }: CaMaterial): NamedTexts {
    const pem = pemOf(certificate);
    const root = { [FILE.certificate]: pem, [FILE.key]: toKeyPem(key), [FILE.root]: pem };
    return { ...this.#options.moreFiles, ...root, [FILE.chain]: '', 'key.pem': '' };
  }

  async #checkOften(signal: AbortSignal): Promise<void> {
    const { checkEveryMs, isFirstCheckRandom, clock } = this.#options;
    if (checkEveryMs <= 0) return;
    let waitMs = isFirstCheckRandom ? Math.random() * checkEveryMs : checkEveryMs;
    while (await isStillWanted(sleep(clock, waitMs, signal))) {
      waitMs = checkEveryMs;
      this.#enqueue(() => this.#renewWhenDue());
    }
  }

  async #renewWhenDue(): Promise<void> {
    const { store, authority, clock, rootTtlMs, gracePercent } = this.#options;
    const { material } = authority;
    const stored = this.#stored;
    if (material === undefined || stored === undefined) return;
    if (!isDue(material, clock.now(), gracePercent)) return;
    const renewed = await renewRoot(material, { ttlMs: rootTtlMs, nowMs: clock.now() });
    // Kept before it is used: of two replicas that renew at once, one is refused here and follows the other.
    await this.#adopt(await store.replace({ ...stored.files, ...this.#toFiles(renewed) }, stored.version));
    log.info({ event: 'ca.renewed', place: store.place }, 'the root certificate was renewed with the same key');
  }
}

function isDue({ certificate }: CaMaterial, nowMs: number, gracePercent: number): boolean {
  const lifeMs = notAfterOf(certificate) - certificate.validFromDate.getTime();
  return notAfterOf(certificate) - nowMs <= (lifeMs * gracePercent) / 100;
}
