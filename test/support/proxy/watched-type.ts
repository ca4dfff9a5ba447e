import type { ResourceType } from './resource-type.ts';

/** How a proxy's subscription to one type stands. */
export class WatchedType {
  readonly type: ResourceType;
  /** Names that were asked for; `undefined` for all that there are. */
  names: ReadonlySet<string> | undefined;
  /** Versions of what is held, by name: with them a new stream resumes. */
  readonly versions = new Map<string, string>();
  /** Of the last response of this stream. */
  nonce = '';
  /** Of the last response that was taken; state of the world only. */
  version = '';
  /** Whether anything was asked for on this stream. */
  isOpen = false;
  /** Names that were answered, with a resource or with its absence; for a wildcard, whether there was any response. */
  readonly answered = new Set<string>();
  hasResponse = false;

  constructor(type: ResourceType, names: ReadonlySet<string> | undefined) {
    this.type = type;
    this.names = names;
  }

  /** Whether everything that was asked for has been answered. */
  get isAnswered(): boolean {
    if (this.names === undefined) return this.hasResponse;
    return [...this.names].every((name) => this.answered.has(name));
  }

  /** A new stream begins: what is held stays, what was asked is forgotten. */
  reopen(): void {
    this.nonce = '';
    this.isOpen = false;
  }
}
