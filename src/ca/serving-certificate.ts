import { createPublicKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createBackoff } from '../kit/backoff.ts';
import { type Clock, sleep, systemClock } from '../kit/clock.ts';
import { Fault } from '../kit/fault.ts';
import { createLog } from '../kit/log.ts';
import type { CertificateAuthority } from './authority.ts';
import { caFault } from './fault.ts';
import { isStillWanted } from './folder-source.ts';
import { createPrivateKey, type KeyChoice, toKeyPem } from './root-certificate.ts';

/** What a TLS server presents, PEM: goes into `tls.createSecureContext` as it is. */
export interface KeyPair {
  /** Leaf first, then what leads to the root. */
  readonly cert: string;
  readonly key: string;
}

/** Files that somebody mounted. */
export interface KeyPairFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Who signed it, for those who have to be told: the API server, of webhooks. The first of these that is there. */
  readonly caFiles: readonly string[];
}

/** Where a serving certificate comes from: our own authority, or files. */
export type ServingOrigin =
  | { readonly kind: 'authority'; readonly authority: CertificateAuthority; readonly names: () => readonly string[] }
  | { readonly kind: 'files'; readonly files: KeyPairFiles };

/** Short, since it costs nothing to make a new one: half of it is left whenever the clock or the CA stands still. */
const TTL_MS = 7 * 24 * 3_600_000;
const FILES_EVERY_MS = 1000;
const MAX_WAIT_MS = 2 ** 31 - 1;

const log = createLog('default');

/**
 * The certificate that the control plane's TLS ports present, always good: signed anew at half of its life and whenever
 * the authority's root changes, or read anew when its files do. Connections that are open keep what they began with.
 * @see istio pilot/pkg/bootstrap/certcontroller.go
 */
export class ServingCertificate {
  readonly #origin: ServingOrigin;
  readonly #clock: Clock;
  readonly #watchers = new Set<(pair: KeyPair) => void>();
  #current: KeyPair | undefined;
  #roots: string | undefined;

  constructor(origin: ServingOrigin, clock: Clock = systemClock) {
    this.#origin = origin;
    this.#clock = clock;
  }

  /** What to present now; undefined before `start`. */
  current(): KeyPair | undefined {
    return this.#current;
  }

  /** PEM of whoever signed the present pair, where files say so; else it is the authority, or who signed is not known here. */
  get roots(): string | undefined {
    return this.#roots;
  }

  /** Calls `tell` with each pair after the present one; the answer ends that. */
  watch(tell: (pair: KeyPair) => void): () => void {
    this.#watchers.add(tell);
    return () => this.#watchers.delete(tell);
  }

  /** Makes or reads the first pair. @throws Fault `CA_MATERIAL_INVALID` when files do not fit, `CA_NOT_READY`. */
  async start(): Promise<void> {
    await this.#renew();
  }

  /** Keeps the pair good until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    return this.#origin.kind === 'files'
      ? this.#followFiles(signal)
      : this.#followAuthority(this.#origin.authority, signal);
  }

  async #followFiles(signal: AbortSignal): Promise<void> {
    let refused: string | undefined;
    while (await isStillWanted(sleep(this.#clock, FILES_EVERY_MS, signal))) {
      try {
        await this.#renew();
        refused = undefined;
      } catch (error) {
        const detail = Fault.from(error).message;
        // Once, not each second: files that are exchanged one after the other do not fit for a moment, either.
        if (detail !== refused) log.warn({ event: 'tls.files', detail }, 'the serving certificate stays as it is');
        refused = detail;
      }
    }
  }

  async #followAuthority(authority: CertificateAuthority, signal: AbortSignal): Promise<void> {
    const backoff = createBackoff({ baseMs: 1000, maxMs: 60_000 });
    let waitMs = halfLifeMs(this.#current, this.#clock.now());
    while (!signal.aborted) {
      const rooted = Promise.withResolvers<void>();
      const unwatch = authority.bundle.watch(() => rooted.resolve());
      const elapsed = new AbortController();
      const waiting = isStillWanted(
        sleep(this.#clock, Math.min(waitMs, MAX_WAIT_MS), AbortSignal.any([signal, elapsed.signal])),
      );
      await Promise.race([rooted.promise, waiting]);
      elapsed.abort();
      unwatch();
      if (signal.aborted) return;
      try {
        await this.#renew();
        backoff.reset();
        waitMs = halfLifeMs(this.#current, this.#clock.now());
      } catch (error) {
        log.warn({ event: 'tls.renewal', detail: Fault.from(error).message }, 'the serving certificate stays as it is');
        waitMs = backoff.next();
      }
    }
  }

  async #renew(): Promise<void> {
    const pair = this.#origin.kind === 'files' ? await readPair(this.#origin.files) : await signPair(this.#origin);
    const roots = this.#origin.kind === 'files' ? await readFirst(this.#origin.files.caFiles) : undefined;
    if (pair.cert === this.#current?.cert && pair.key === this.#current.key && roots === this.#roots) return;
    this.#roots = roots;
    const isFirst = this.#current === undefined;
    this.#current = pair;
    const { validToDate, subjectAltName } = new X509Certificate(pair.cert);
    const facts = { notAfter: validToDate.toISOString(), names: subjectAltName };
    log.info(
      { event: 'tls.certificate', ...facts },
      isFirst ? 'serving certificate is there' : 'serving certificate is new',
    );
    for (const tell of [...this.#watchers]) tell(pair);
  }
}

async function signPair({ authority, names }: Extract<ServingOrigin, { kind: 'authority' }>): Promise<KeyPair> {
  const key = await createPrivateKey(choiceOf(authority));
  const publicKeyDer = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const { chain } = await authority.signServer(publicKeyDer, names(), TTL_MS);
  // The roots, which come last, are what peers must have already.
  return { cert: chain.slice(0, -1).join(''), key: toKeyPem(key) };
}

/** Of the type of the authority's own key. @see istio pilot/pkg/bootstrap/certcontroller.go */
function choiceOf({ material }: CertificateAuthority): KeyChoice {
  const curve = material?.key.asymmetricKeyDetails?.namedCurve;
  if (curve === undefined) return { type: 'rsa', bits: 2048 };
  return { type: 'ec', curve: curve === 'secp384r1' ? 'P-384' : 'P-256' };
}

async function readPair({ certFile, keyFile }: KeyPairFiles): Promise<KeyPair> {
  const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
  if (!fits(cert, key)) throw caFault('CA_MATERIAL_INVALID', `${keyFile} is not the key of ${certFile}`);
  return { cert, key };
}

async function readFirst(files: readonly string[]): Promise<string | undefined> {
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return text;
  }
  return undefined;
}

function fits(cert: string, key: string): boolean {
  try {
    return createPublicKey(key).equals(new X509Certificate(cert).publicKey);
  } catch (cause) {
    throw caFault('CA_MATERIAL_INVALID', 'certificate or key of the TLS ports cannot be read', cause);
  }
}

function halfLifeMs(pair: KeyPair | undefined, nowMs: number): number {
  if (pair === undefined) return 0;
  return Math.max(0, (new X509Certificate(pair.cert).validToDate.getTime() - nowMs) / 2);
}
