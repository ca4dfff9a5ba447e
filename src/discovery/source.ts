import type { ClusterObject } from '../config/parse-object.ts';
import type { ConfigDocument } from '../config/read/config-document.ts';
import type { Issue } from '../model/issue.ts';

/** An object as its source brings it: nobody has read it yet. */
export type RawObject = ConfigDocument | ClusterObject;

/**
 * What is written and replaced together: a file, or one object of an API server. Always told whole; its objects are those it holds now.
 * Objects that did not change are best told as the identical value, which is then not read again.
 */
export interface SourceGroup {
  /** Unique within its source, and stable: a file's path. */
  readonly id: string;
  readonly objects: readonly RawObject[];
  /** What is wrong with the group as a whole; what is wrong with an object is found when it is read. */
  readonly issues: readonly Issue[];
}

/** News of a source, to be applied as one. */
export interface SourceChange {
  /** One phrase for people and logs: `mesh/reviews.yaml changed`. */
  readonly reason: string;
  readonly groups: readonly SourceGroup[];
  /** Groups that are gone, and everything in them. */
  readonly removed: readonly string[];
}

/** Who listens to a source. */
export interface SourceListener {
  /** Called in the order in which things happened. The first changes bring everything that there is. */
  onChange(change: SourceChange): void;
  /** Called once: everything that was there at the start has been told. */
  onSynced(): void;
}

/**
 * Where objects come from: a directory, memory, an API server. All of them behave as `test/contract` says.
 *
 * A source tells what is written, never what is right: reading, duplicates and last good versions are the world's.
 */
export interface ConfigSource {
  /** For logs and status. */
  readonly name: string;
  /** The namespace of objects that name none. */
  readonly defaultNamespace: string;
  /** Id of another cluster than that of the configuration; of its objects only `REMOTE_KINDS` count. */
  readonly cluster?: string;
  /** Begins to tell; resolves once it watches, not when it is synced. What the environment lacks is an issue, not a rejection. */
  start(listener: SourceListener): Promise<void>;
  /** Nothing is told once this is called; resolves when nothing of the source is left running. */
  stop(): Promise<void>;
  /** For how long it has not heard from where its objects come, in milliseconds; 0 while it does. Absent: it cannot be cut off. */
  ageMs?(): number;
}
