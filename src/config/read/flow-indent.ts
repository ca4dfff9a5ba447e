import { YAMLException } from 'js-yaml';

/** A text whose brackets are indented as YAML demands; `columns` tells by how much lines were moved. */
export interface IndentedText {
  readonly text: string;
  readonly columns: ReadonlyMap<number, number>;
}

/** Nobody closes more brackets by hand. */
const MAX_LINES = 200;
/** Each line costs a parse of the whole text, so long texts get fewer. */
const MAX_CHARACTERS = 8_000_000;
/** Deeper than any block that a bracket stands in. */
const INDENT = ' '.repeat(100);
const UNMOVED: ReadonlyMap<number, number> = new Map();

/**
 * Reads a text, and when only the indentation of brackets is in the way, reads it indented.
 *
 * YAML 1.2 wants what stands in brackets further to the right than the block around it; kubectl does not mind, and people close
 * brackets in the column of the key.
 *
 * @param read Throws a YAMLException for what it cannot read.
 */
export function readIndented<T>(
  text: string,
  read: (text: string) => T,
): { readonly result: T; readonly source: IndentedText } {
  const limit = Math.min(MAX_LINES, MAX_CHARACTERS / text.length);
  let source: IndentedText = { text, columns: UNMOVED };
  for (;;) {
    try {
      return { result: read(source.text), source };
    } catch (error) {
      const indented = source.columns.size < limit ? indent(source, error) : undefined;
      if (indented === undefined) throw error;
      source = indented;
    }
  }
}

function indent({ text, columns }: IndentedText, error: unknown): IndentedText | undefined {
  if (!(error instanceof YAMLException) || error.reason !== 'deficient indentation' || error.mark === undefined)
    return undefined;
  const { line, position } = error.mark;
  const start = text.lastIndexOf('\n', position - 1) + 1;
  if (columns.has(line + 1) || !isInBrackets(text.slice(0, start), text.slice(position, position + 1)))
    return undefined;
  return {
    text: text.slice(0, start) + INDENT + text.slice(start),
    columns: new Map(columns).set(line + 1, INDENT.length),
  };
}

/** Whether the line begins with a closing bracket, or goes on after an opening one or a comma; a text in quotes goes on otherwise. */
function isInBrackets(before: string, first: string): boolean {
  return first === ']' || first === '}' || /[[{,]\s*(?:#.*)?\s*$/.test(before.slice(-1000));
}
