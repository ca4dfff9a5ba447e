import { EVENT_ID, type Event, SCALAR_STYLE, type ScalarEvent, getScalarValue, parseEvents } from 'js-yaml';
import type { Path } from '../path.ts';
import { type IndentedText, readIndented } from './flow-indent.ts';
import { MAX_DEPTH, type Place } from './yaml.ts';

/** Which part of a field is meant: its name, or what stands behind it. */
export type FieldPart = 'key' | 'value';

/**
 * Finds where a field is written in the text of one document.
 *
 * Reads the parser's events, which carry offsets; done only for documents that have issues. A path that is not written, or that leads
 * through an alias or a merge key, ends at the nearest parent that is.
 */
export function findPlace(text: string, path: Path, part: FieldPart): Place {
  try {
    const cursor = new EventCursor(text);
    return cursor.toPlace(findOffset(cursor, path, part));
  } catch {
    return { line: 1, column: 1 }; // the text itself is broken: its own issue says where
  }
}

/** Where a block of text begins that is a field's value; `columns` is how far it is indented, if it is written line by line (`|`). */
export function findBlock(text: string, path: Path): { readonly line: number; readonly columns: number | undefined } {
  try {
    const cursor = new EventCursor(text);
    for (const segment of path) if (cursor.enter(segment) === undefined) return { line: 1, columns: undefined };
    const block = cursor.literal;
    return block === undefined
      ? { ...findPlace(text, path, 'value'), columns: undefined }
      : { line: cursor.toPlace(block.start).line, columns: block.indent };
  } catch {
    return { line: 1, columns: undefined };
  }
}

/** The 1-based line and column of an offset. */
export function toPlace(text: string, offset: number): Place {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf('\n'); end !== -1 && end < offset; end = text.indexOf('\n', start)) {
    line++;
    start = end + 1;
  }
  return { line, column: offset - start + 1 };
}

function findOffset(cursor: EventCursor, path: Path, part: FieldPart): number {
  let offset = cursor.offset(0);
  for (const [index, segment] of path.entries()) {
    const key = cursor.enter(segment);
    if (key === undefined) return offset;
    offset = index === path.length - 1 && part === 'key' ? key : cursor.offset(key);
  }
  return offset;
}

/** Walks down the flat list of parser events, one child at a time. */
class EventCursor {
  readonly #source: IndentedText;
  readonly #events: readonly Event[];
  #at: number;

  constructor(text: string) {
    const { result, source } = readIndented(text, (indented) => parseEvents(indented, { maxDepth: MAX_DEPTH }));
    this.#source = source;
    this.#events = result;
    this.#at = this.#events[0]?.type === EVENT_ID.DOCUMENT ? 1 : 0;
  }

  /** Where an offset is in the text as it was written. */
  toPlace(offset: number): Place {
    const { line, column } = toPlace(this.#source.text, offset);
    return { line, column: Math.max(1, column - (this.#source.columns.get(line) ?? 0)) };
  }

  /** Where the node at the cursor begins. What has no place of its own (an empty value, a block of text) takes that of its key. */
  offset(key: number): number {
    const event = this.#events[this.#at];
    switch (event?.type) {
      case EVENT_ID.SCALAR:
        return scalarOffset(event) ?? key;
      case EVENT_ID.MAPPING:
      case EVENT_ID.SEQUENCE:
        return event.start >= 0 ? event.start : key;
      case EVENT_ID.ALIAS:
        return event.anchorStart - 1;
      default:
        return key;
    }
  }

  /** The literal block at the cursor. */
  get literal(): { readonly start: number; readonly indent: number } | undefined {
    const event = this.#events[this.#at];
    if (event?.type !== EVENT_ID.SCALAR || event.style !== SCALAR_STYLE.LITERAL_BLOCK) return undefined;
    return { start: event.valueStart, indent: event.indent };
  }

  /** Steps into a child of the collection at the cursor; answers where its key (of an item: the item) begins. */
  enter(segment: string | number): number | undefined {
    const type = this.#events[this.#at]?.type;
    if (type !== EVENT_ID.MAPPING && type !== EVENT_ID.SEQUENCE) return undefined;
    this.#at++;
    for (let index = 0; this.#at < this.#events.length && this.#events[this.#at]?.type !== EVENT_ID.POP; index++) {
      const offset = this.offset(0);
      const isWanted = type === EVENT_ID.MAPPING ? this.#scalar() === String(segment) : index === segment;
      if (type === EVENT_ID.MAPPING) this.#skip();
      if (isWanted) return offset;
      this.#skip();
    }
    return undefined;
  }

  #scalar(): string | undefined {
    const event = this.#events[this.#at];
    return event?.type === EVENT_ID.SCALAR ? getScalarValue(this.#source.text, event) : undefined;
  }

  #skip(): void {
    let depth = 0;
    do {
      const type = this.#events[this.#at++]?.type;
      if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) depth++;
      else if (type === EVENT_ID.POP) depth--;
    } while (depth > 0 && this.#at < this.#events.length);
  }
}

function scalarOffset(event: ScalarEvent): number | undefined {
  switch (event.style) {
    case SCALAR_STYLE.SINGLE_QUOTED:
    case SCALAR_STYLE.DOUBLE_QUOTED:
      return event.valueStart - 1;
    case SCALAR_STYLE.PLAIN:
      return event.valueStart < event.valueEnd ? event.valueStart : undefined;
    default:
      return undefined;
  }
}
