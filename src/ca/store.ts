import type { NamedTexts } from './material-files.ts';

/** Files as they were at one moment, all of the same version. */
export interface StoredFiles {
  readonly files: NamedTexts;
  /** Changes with every change: a Secret's `resourceVersion`, a name of the content. */
  readonly version: string;
}

/** Who is told of changes, and what it knows already. */
export interface SourceWatcher {
  /** The version that was read last: what changed since then is told, too. */
  readonly since: string | undefined;
  /** Undefined when nothing is there any more. */
  readonly tell: (stored: StoredFiles | undefined) => void;
}

/** Where an authority's material comes from. */
export interface MaterialSource {
  /** For logs: `Secret istio-system/cacerts`, `/etc/cacerts`. */
  readonly place: string;
  /** What is there now; undefined when nothing is. */
  read(): Promise<StoredFiles | undefined>;
  /** Tells each state that is not the one before, until the signal aborts. Never rejects. */
  watch(watcher: SourceWatcher, signal: AbortSignal): Promise<void>;
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
