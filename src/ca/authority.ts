import { type Clock, systemClock, type Timer } from '../kit/clock.ts';
import { createLog } from '../kit/log.ts';
import { createBridge } from './bridge.ts';
import { parseCsr } from './csr.ts';
import { caFault } from './fault.ts';
import { type CaMaterial, hasSameKey, notAfterOf } from './material.ts';
import { showExpiries } from './metrics.ts';
import { toPem } from './pem.ts';
import { LeafSigner } from './signer.ts';
import { TrustBundle } from './trust-bundle.ts';

/** Limits of an authority. */
export interface AuthorityOptions {
  readonly clock?: Clock;
  /** How long a leaf lives whose CSR does not say, in milliseconds; 24 h when absent. */
  readonly defaultTtlMs?: number;
  /** The longest that a workload may ask for, in milliseconds; 90 d when absent. */
  readonly maxTtlMs?: number;
}

/** A signed leaf and what proves it. */
export interface IssuedCertificate {
  /** PEM: the leaf, each intermediate, and all trusted roots together as the last. */
  readonly chain: readonly [leaf: string, ...rest: string[]];
  /** Milliseconds since 1970. */
  readonly notAfterMs: number;
}

/** For clocks that run behind ours. @see istio security/pkg/pki/util/generate_cert.go `ClockSkewGracePeriod` */
const BACK_DATED_MS = 120_000;
const HOUR_MS = 3_600_000;
/** How often the gauges of remaining seconds are set. */
const GAUGE_MS = 15_000;

const log = createLog('ca');

interface Current {
  readonly material: CaMaterial;
  readonly signer: LeafSigner;
  /** The end of the longest-lived leaf that this process signed with it, in milliseconds since 1970. */
  lastLeafMs: number;
}

/**
 * Signs leaves with the material that it was last given, and keeps the roots that vouch for all leaves that are about.
 */
export class CertificateAuthority {
  /** What workloads and callers are verified against. */
  readonly bundle: TrustBundle;
  readonly #clock: Clock;
  readonly #defaultTtlMs: number;
  readonly #maxTtlMs: number;
  readonly #watchers = new Set<() => void>();
  #gauges: Timer | undefined;
  #current: Current | undefined;

  constructor({
    clock = systemClock,
    defaultTtlMs = 24 * HOUR_MS,
    maxTtlMs = 90 * 24 * HOUR_MS,
  }: AuthorityOptions = {}) {
    this.#clock = clock;
    this.#defaultTtlMs = defaultTtlMs;
    this.#maxTtlMs = maxTtlMs;
    this.bundle = new TrustBundle(clock);
  }

  /** What signs now; undefined until the first material came. */
  get material(): CaMaterial | undefined {
    return this.#current?.material;
  }

  /** Calls `tell` whenever other material came; the answer ends that. */
  watchMaterial(tell: () => void): () => void {
    this.#watchers.add(tell);
    return () => this.#watchers.delete(tell);
  }

  /**
   * Signs with other material from now on. Certificates that are being signed end with the material that they began
   * with. A root whose key is gone stays trusted as long as leaves under it may live.
   * @param bridge What `bridgeTo` gave for it.
   */
  adopt(material: CaMaterial, bridge?: string): void {
    const signer = new LeafSigner(material.certificate, material.key);
    const before = this.#current;
    this.#current = { material, signer, lastLeafMs: 0 };
    const untilMs = this.#overlapEnd(before);
    this.bundle.activate(material.roots, { untilMs, ...(bridge !== undefined && { bridge }) });
    this.#showExpiries();
    for (const tell of [...this.#watchers]) tell();
    log.info(
      {
        event: 'ca.ready',
        subject: material.certificate.subject,
        notAfter: material.certificate.validToDate.toISOString(),
      },
      before === undefined ? 'the certificate authority is ready' : 'the certificate authority signs with new material',
    );
  }

  /** Has the root that signs now vouch for a successor; undefined where it cannot, or both have the same key. */
  async bridgeTo({ certificate }: CaMaterial): Promise<string | undefined> {
    const old = this.#current;
    if (old === undefined || hasSameKey(old.material.certificate, certificate)) return undefined;
    const notBeforeMs = this.#clock.now() - BACK_DATED_MS;
    const notAfterMs = Math.min(this.#overlapEnd(old), notAfterOf(old.material.certificate));
    return createBridge(old.material, certificate, { notBeforeMs, notAfterMs });
  }

  /**
   * Signs a workload certificate for the identities that the caller has proved.
   *
   * The names come from the caller, never from the CSR: a CSR is what the peer would like to be.
   *
   * @param csrPem     PKCS #10 request, PEM; its own signature must verify.
   * @param identities SPIFFE ids, at least one.
   * @param ttlMs      Lifetime asked for, in milliseconds. Zero or less means the default; more than the maximum is
   *                   refused, not shortened, so that the agent's renewal timer never disagrees with the leaf.
   * @throws Fault `CA_CSR_INVALID`, `CA_TTL_TOO_LONG` (the caller's), `CA_NOT_READY`, `CA_EXPIRED` (ours).
   * @see istio security/pkg/pki/ca/ca.go `sign`
   */
  async signCsr(csrPem: string, identities: readonly string[], ttlMs: number): Promise<IssuedCertificate> {
    const current = this.#getCurrent();
    if (ttlMs > this.#maxTtlMs)
      throw caFault(
        'CA_TTL_TOO_LONG',
        `requested TTL ${ttlMs / 1000}s is greater than the max ${this.#maxTtlMs / 1000}s`,
      );
    const { publicKeyDer, hasCommonName } = await parseCsr(csrPem);
    const lifeMs = ttlMs > 0 ? ttlMs : this.#defaultTtlMs;
    return this.#sign(current, { publicKeyDer, names: identities, hasCommonName, lifeMs });
  }

  /**
   * Signs a certificate of our own, for a server: the limit on workloads does not hold.
   * @param publicKeyDer SubjectPublicKeyInfo.
   * @param names DNS names and addresses.
   */
  signServer(publicKeyDer: Buffer, names: readonly string[], ttlMs: number): Promise<IssuedCertificate> {
    return this.#sign(this.#getCurrent(), { publicKeyDer, names, hasCommonName: false, lifeMs: ttlMs });
  }

  /** Stops its timers. */
  close(): void {
    this.#gauges?.cancel();
    this.bundle.close();
  }

  async #sign(current: Current, wanted: Wanted): Promise<IssuedCertificate> {
    const { material, signer } = current;
    const now = this.#clock.now();
    const endMs = notAfterOf(material.certificate);
    if (endMs <= now)
      throw caFault('CA_EXPIRED', `the signing certificate expired at ${new Date(endMs).toISOString()}`);
    const notAfterMs = Math.min(now + wanted.lifeMs, endMs);
    current.lastLeafMs = Math.max(current.lastLeafMs, notAfterMs);
    const der = await signer.sign({ ...wanted, notBeforeMs: now - BACK_DATED_MS, notAfterMs });
    const bridges = this.bundle.retired().flatMap(({ bridge }) => bridge ?? []);
    const chain = [...material.chain, ...bridges, this.bundle.current().pem];
    return { chain: [toPem('CERTIFICATE', der), ...chain], notAfterMs };
  }

  /** Other replicas signed too: their leaves live as long as ours do by default. */
  #overlapEnd(before: Current | undefined): number {
    return Math.max(this.#clock.now() + this.#defaultTtlMs, before?.lastLeafMs ?? 0);
  }

  #getCurrent(): Current {
    if (this.#current === undefined) throw caFault('CA_NOT_READY', 'the certificate authority has no key yet');
    return this.#current;
  }

  #showExpiries(): void {
    const material = this.#current?.material;
    if (material === undefined) return;
    this.#gauges?.cancel();
    const chainMs = notAfterOf(material.certificate);
    showExpiries({ rootMs: notAfterOf(material.roots[0]), chainMs, nowMs: this.#clock.now() });
    this.#gauges = this.#clock.setTimeout(() => this.#showExpiries(), GAUGE_MS);
  }
}

interface Wanted {
  readonly publicKeyDer: Buffer;
  readonly names: readonly string[];
  readonly hasCommonName: boolean;
  readonly lifeMs: number;
}
