import type { TypeUrl } from '../../src/xds/type-url.ts';
import type { XdsProtocol } from '../../src/xds/view-source.ts';
import type { ScannedResponse } from '../wire/response.ts';
import type { ReadResource } from '../wire/shared-reader.ts';
import { NameList } from './name-list.ts';

/** What one proxy wants of one type, and what it has of it. */
export class WatchedType {
  readonly typeUrl: TypeUrl;
  readonly #protocol: XdsProtocol;
  /** A request has asked for this type. */
  isAsked = false;
  /** A response of this type has come. */
  isAnswered = false;
  nonce = '';
  version = '';
  /** What came, in its order: who holds what is worked out when somebody asks. */
  readonly #news: { readonly resources: readonly ReadResource[]; readonly removed: readonly string[] }[] = [];
  #wanted: NameList;
  /** Names that were asked for and not answered yet. */
  readonly #missing = new Set<string>();

  constructor(typeUrl: TypeUrl, protocol: XdsProtocol) {
    this.typeUrl = typeUrl;
    this.#protocol = protocol;
    this.#wanted = NameList.of(protocol, []);
  }

  /** The names asked for; empty when everything is. */
  get wanted(): NameList {
    return this.#wanted;
  }

  /** Everything that was asked for has been answered. */
  get isSatisfied(): boolean {
    return this.#missing.size === 0;
  }

  /** Takes in what a response carried. */
  take({ nonce, version, removed }: ScannedResponse, resources: readonly ReadResource[]): void {
    this.isAnswered = true;
    this.nonce = nonce;
    this.version = version;
    if (this.#protocol === 'delta') this.#news.push({ resources, removed });
    if (this.isSatisfied) return;
    for (const { name } of resources) this.#missing.delete(name);
    for (const name of removed) this.#missing.delete(name);
  }

  /** Versions by name of all that it has; only the delta protocol tells them. */
  listHeld(): ReadonlyMap<string, string> {
    const held = new Map<string, string>();
    for (const { resources, removed } of this.#news) {
      for (const { name, version } of resources) held.set(name, version);
      for (const name of removed) held.delete(name);
    }
    return held;
  }

  /** Wants these names too, and returns those that it did not want before. */
  want(names: readonly string[]): readonly string[] {
    const fresh = names.filter((name) => !this.#wanted.has(name));
    if (fresh.length === 0) return fresh;
    this.#wanted = NameList.of(this.#protocol, [...this.#wanted.names, ...fresh]);
    for (const name of fresh) this.#missing.add(name);
    return fresh;
  }
}
