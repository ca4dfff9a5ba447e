import { hash } from 'node:crypto';
import type { Origin } from '../../model/object.ts';
import type { Path } from '../path.ts';
import { type FieldPart, findPlace, toPlace } from './find-place.ts';
import { type Place, type YamlValue, parseYaml } from './yaml.ts';

/** An item of a `List` object; it shares its text with its siblings. */
export interface ListItem {
  readonly path: Path;
  readonly value: unknown;
}

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
  #identity: string | undefined;

  constructor(file: string, line: number, text: string, item?: ListItem) {
    this.file = file;
    this.line = line;
    this.text = text;
    this.#item = item;
  }

  /** A hash of what the document says, comments and layout included; the same in every process. */
  get identity(): string {
    this.#identity ??= hash('sha1', this.#item ? JSON.stringify(this.#item.value) : this.text, 'base64url');
    return this.#identity;
  }

  /** Where the object begins. */
  get origin(): Origin {
    const place = this.#item ? this.placeOf([], 'value') : this.toFilePlace(findFirstPlace(this.text));
    return { kind: 'file', file: this.file, ...place };
  }

  /** Parses the text. The value is fresh for every call, so the caller may change it. */
  parse(): YamlValue {
    return this.#item ? { kind: 'value', value: structuredClone(this.#item.value) } : parseYaml(this.text);
  }

  /** The exact place of a field in the file; that of its nearest written parent when the field itself is not written. */
  placeOf(path: Path, part: FieldPart): Place {
    return this.toFilePlace(findPlace(this.text, this.#item ? [...this.#item.path, ...path] : path, part));
  }

  /** Moves a place within `text` to where that is in the file. */
  toFilePlace(place: Place): Place {
    return { line: place.line + this.line - 1, column: place.column };
  }
}

/** The first character that is neither space nor comment. */
function findFirstPlace(text: string): Place {
  const at = text.search(/^[ \t]*[^\s#]/m);
  const offset = Math.max(0, at);
  const indent = /^[ \t]*/.exec(text.slice(offset, offset + 200))?.[0].length ?? 0;
  return toPlace(text, offset + indent);
}
