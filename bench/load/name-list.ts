import type { XdsProtocol } from '../../src/xds/view-source.ts';
import { encodeNames } from '../wire/request.ts';

/** Names that a proxy asks for, with their encoded form; one instance for all proxies that ask for the same. */
export class NameList {
  static readonly #known = new Map<string, NameList>();

  readonly names: readonly string[];
  readonly encoded: Buffer;
  readonly #set: ReadonlySet<string>;

  private constructor(protocol: XdsProtocol, names: readonly string[]) {
    this.names = names;
    this.encoded = encodeNames(protocol, names);
    this.#set = new Set(names);
  }

  /** The one list of these names in this order. */
  static of(protocol: XdsProtocol, names: readonly string[]): NameList {
    const key = `${protocol} ${names.join()}`;
    const known = NameList.#known.get(key) ?? new NameList(protocol, names);
    NameList.#known.set(key, known);
    return known;
  }

  has(name: string): boolean {
    return this.#set.has(name);
  }
}
