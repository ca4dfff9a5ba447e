import type { X509Certificate } from 'node:crypto';
import { type Clock, systemClock, type Timer } from '../kit/clock.ts';
import { createLog } from '../kit/log.ts';
import { hasSameKey, isIn, notAfterOf, pemOf } from './material.ts';

/** What peers trust at one moment. */
export interface TrustAnchors {
  /** All roots, PEM, each ending with a newline: what `istio-ca-root-cert` holds. */
  readonly pem: string;
  readonly roots: readonly X509Certificate[];
}

/** A root that signs no more, and until when it is trusted, in milliseconds since 1970. */
export interface RetiredRoot {
  readonly certificate: X509Certificate;
  readonly untilMs: number;
  /** Its word for the root that came after it, PEM: a certificate that new leaves bring along. */
  readonly bridge?: string;
}

/** Node's timers take no more milliseconds than this. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const log = createLog('rootcertrotator');

/**
 * The roots of the mesh: those that sign now first, then those whose leaves are still about.
 *
 * A root that is exchanged for one with another key stays until the last leaf that it may have signed has expired: while
 * workloads move over, both sides of every connection know the root of the other.
 */
export class TrustBundle {
  readonly #clock: Clock;
  readonly #watchers = new Set<(anchors: TrustAnchors) => void>();
  #active: readonly X509Certificate[] = [];
  #added: readonly X509Certificate[] = [];
  #retired: readonly RetiredRoot[] = [];
  #current: TrustAnchors = { pem: '', roots: [] };
  #timer: Timer | undefined;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  /** The roots as they are now; the same object while they do not change. */
  current(): TrustAnchors {
    return this.#current;
  }

  /** Roots that are only still trusted, and until when. */
  retired(): readonly RetiredRoot[] {
    return this.#retired;
  }

  /** Calls `tell` after each change; the answer ends that. */
  watch(tell: (anchors: TrustAnchors) => void): () => void {
    this.#watchers.add(tell);
    return () => this.#watchers.delete(tell);
  }

  /**
   * Exchanges the roots that sign.
   * @param leave Until when the ones before stay, unless one with the same key is among the new ones.
   */
  activate(roots: readonly X509Certificate[], leave: Omit<RetiredRoot, 'certificate'>): void {
    const leaving = this.#active.filter((old) => !roots.some((root) => hasSameKey(root, old)));
    this.#active = roots;
    this.retire(leaving.map((certificate) => ({ ...leave, certificate })));
  }

  /** Trusts roots that sign no more for a while; one that is known already keeps the later end. */
  retire(leaving: readonly RetiredRoot[]): void {
    const merged = [...this.#retired];
    for (const root of leaving) {
      const at = merged.findIndex(({ certificate }) => certificate.raw.equals(root.certificate.raw));
      const known = merged[at];
      if (known === undefined) merged.push(root);
      else merged[at] = { ...root, ...known, untilMs: Math.max(known.untilMs, root.untilMs) };
    }
    this.#retired = merged;
    this.#settle();
  }

  /** Exchanges the roots of others that are trusted besides: a mesh that moves to or from another authority. */
  add(roots: readonly X509Certificate[]): void {
    this.#added = roots;
    this.#settle();
  }

  /** Stops its timer. */
  close(): void {
    this.#timer?.cancel();
    this.#watchers.clear();
  }

  #settle(): void {
    const now = this.#clock.now();
    this.#retired = this.#retired.filter(
      ({ certificate, untilMs }) =>
        Math.min(untilMs, notAfterOf(certificate)) > now && !isIn(this.#active, certificate),
    );
    const all = [...this.#active, ...this.#added, ...this.#retired.map(({ certificate }) => certificate)];
    const roots = all.filter((root, at) => all.findIndex(({ raw }) => raw.equals(root.raw)) === at);
    const pem = roots.map(pemOf).join('');
    this.#schedule(now);
    if (pem === this.#current.pem) return;
    this.#current = { pem, roots };
    log.info(
      { event: 'ca.roots', roots: roots.length, retired: this.#retired.length },
      'the trusted roots have changed',
    );
    for (const tell of [...this.#watchers]) tell(this.#current);
  }

  #schedule(now: number): void {
    this.#timer?.cancel();
    const ends = this.#retired.map(({ certificate, untilMs }) => Math.min(untilMs, notAfterOf(certificate)));
    if (ends.length === 0) return;
    const waitMs = Math.min(MAX_TIMER_MS, Math.max(0, Math.min(...ends) - now) + 1);
    this.#timer = this.#clock.setTimeout(() => this.#settle(), waitMs);
  }
}
