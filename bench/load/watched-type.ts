import type { TypeUrl } from '../../src/xds/type-url.ts';
import type { XdsProtocol } from '../../src/xds/view-source.ts';
import { listResources, type ScannedResource, type ScannedResponse } from '../wire/response.ts';
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
  /** Versions by name; only the delta protocol tells them. */
  readonly held = new Map<string, string>();
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

  /** Takes a response in and returns what it carries. */
  take(response: ScannedResponse): readonly ScannedResource[] {
    this.isAnswered = true;
    this.nonce = response.nonce;
    this.version = response.version;
    const resources = [...listResources(response)];
    for (const { name, version } of resources) {
      if (this.#protocol === 'delta') this.held.set(share(name), share(version));
      this.#missing.delete(name);
    }
    for (const name of response.removed) {
      this.held.delete(name);
      this.#missing.delete(name);
    }
    return resources;
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

const shared = new Map<string, string>();

/** One instance of equal strings: hundreds of proxies hold the same names and versions. */
function share(text: string): string {
  const known = shared.get(text);
  if (known !== undefined) return known;
  shared.set(text, text);
  return text;
}
