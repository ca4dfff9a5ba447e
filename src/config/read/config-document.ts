import { hash } from 'node:crypto';
import type { Origin } from '../../model/object.ts';
import type { Path } from '../path.ts';
import { type FieldPart, findBlock, findPlace, toPlace } from './find-place.ts';
import { type Place, type YamlValue, parseYaml } from './yaml.ts';

/** An item of a `List` object; it shares its text with its siblings. */
export interface ListItem {
  readonly path: Path;
  readonly value: unknown;
}

/** How a text that lies within another document is laid out there. */
type Layout =
  /** As it is, after so many columns. */
  | { readonly kind: 'indented'; readonly columns: number }
  /** Quoted or folded, so that only its beginning has a place. */
  | { readonly kind: 'opaque' };

const PLAIN: Layout = { kind: 'indented', columns: 0 };

/**
 * One object of a YAML or JSON stream: its text, and where that text lies in its file.
 *
 * Nothing is parsed until somebody asks, and equal `identity` means an equal object, so a reload costs only what changed.
 */
export class ConfigDocument {
  readonly file: string;
  /** 1-based line of the file on which `text` begins. */
  readonly line: number;
  readonly text: string;
  readonly #item: ListItem | undefined;
  readonly #layout: Layout;
  #identity: string | undefined;

  constructor(file: string, line: number, text: string, item?: ListItem, layout: Layout = PLAIN) {
    this.file = file;
    this.line = line;
    this.text = text;
    this.#item = item;
    this.#layout = layout;
  }

  /** A hash of what the document says, comments and layout included; the same in every process. */
  get identity(): string {
    this.#identity ??= hash('sha1', this.#item ? JSON.stringify(this.#item.value) : this.text, 'base64url');
    return this.#identity;
  }

  /** Where the object begins. */
  get origin(): Origin {
    return this.#item ? this.originOf([], 'value') : this.originAt(findFirstPlace(this.text));
  }

  /** Parses the text. The value is fresh for every call, so the caller may change it. */
  parse(): YamlValue {
    return this.#item ? { kind: 'value', value: structuredClone(this.#item.value) } : parseYaml(this.text);
  }

  /** The exact place of a field in the file; that of its nearest written parent when the field itself is not written. */
  originOf(path: Path, part: FieldPart): Origin {
    return this.originAt(findPlace(this.text, this.#item ? [...this.#item.path, ...path] : path, part));
  }

  /** Where a place of `text` is in the file. */
  originAt({ line, column }: Place): Origin {
    const place =
      this.#layout.kind === 'opaque'
        ? { line: this.line, column: 1 }
        : { line: line + this.line - 1, column: column + this.#layout.columns };
    return { kind: 'file', file: this.file, ...place };
  }

  /** A document that is the text of one of this document's fields. */
  nested(path: Path, text: string): ConfigDocument {
    const block = findBlock(this.text, this.#item ? [...this.#item.path, ...path] : path);
    const line = this.line + block.line - 1;
    return new ConfigDocument(
      this.file,
      line,
      text,
      undefined,
      block.columns === undefined ? { kind: 'opaque' } : { kind: 'indented', columns: block.columns },
    );
  }
}

/** The first character that is neither space nor comment. */
function findFirstPlace(text: string): Place {
  const offset = Math.max(0, text.search(/^[ \t]*[^\s#]/m));
  const indent = /^[ \t]*/.exec(text.slice(offset, offset + 200))?.[0].length ?? 0;
  return toPlace(text, offset + indent);
}
