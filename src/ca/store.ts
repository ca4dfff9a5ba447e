import type { NamedTexts } from './material-files.ts';

/** Files as they were at one moment, all of the same version. */
export interface StoredFiles {
  readonly files: NamedTexts;
  /** Changes with every change: a Secret's `resourceVersion`, a name of the content. */
  readonly version: string;
}

/** Where an authority's material comes from. */
export interface MaterialSource {
  /** For logs: `Secret istio-system/cacerts`, `/etc/cacerts`. */
  readonly place: string;
  /** What is there now; undefined when nothing is. */
  read(): Promise<StoredFiles | undefined>;
  /** Tells each state after the one that was read last, until the signal aborts. Never rejects. */
  watch(tell: (stored: StoredFiles | undefined) => void, signal: AbortSignal): Promise<void>;
}

/** Where an authority keeps its own material, for its next start and for its other replicas. */
export interface CaStore extends MaterialSource {
  /** Keeps files where nothing is yet; undefined when something is, of which this call leaves no trace. */
  create(files: NamedTexts): Promise<StoredFiles | undefined>;
  /**
   * Exchanges the files that `version` is of.
   * @throws Fault `CA_STORE_CONFLICT` when they are of another version by now.
   */
  replace(files: NamedTexts, version: string): Promise<StoredFiles>;
}
