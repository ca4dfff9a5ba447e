/** A piece of a stream that holds one document; `line` is the 1-based line it begins on. */
export interface Chunk {
  readonly line: number;
  readonly text: string;
}

const MARKER = /^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm;
const CONTENT = /^[ \t]*[^\s#]/m;
const DIRECTIVES_ONLY = /^(?:[ \t]*(?:#.*|%.*)?\r?\n)*(?:[ \t]*(?:#.*|%.*)?)$/;

/**
 * Splits a stream into its documents without parsing them; pieces that hold only comments are left out.
 *
 * `---` and `...` at the start of a line end a document wherever they stand, even inside a block of text: YAML forbids them there.
 * A stream that begins with `{` may also hold JSON objects one after the other, as kubectl takes them.
 */
export function splitDocuments(stream: string): readonly Chunk[] {
  const text = stream.charCodeAt(0) === 0xfeff ? stream.slice(1) : stream;
  const chunks = splitAtMarkers(text).filter((chunk) => CONTENT.test(chunk.text));
  return chunks.flatMap((chunk) => (/^\s*\{/.test(chunk.text) ? splitJson(chunk) : [chunk]));
}

function splitAtMarkers(text: string): Chunk[] {
  const chunks: Chunk[] = [];
  let start = 0;
  let line = 1;
  const cut = (end: number) => {
    const piece = text.slice(start, end);
    chunks.push({ line, text: piece });
    line += countLines(piece);
    start = end;
  };
  for (const match of text.matchAll(MARKER)) {
    const before = text.slice(start, match.index);
    // `%YAML 1.2` belongs to the document after the marker.
    if (match[0] === '---' && before.includes('%') && DIRECTIVES_ONLY.test(before)) continue;
    cut(match.index);
    // What follows a marker on its own line is the document's: `--- {a: b}`; a bare marker line is nobody's.
    if (match[0] === '...' || isBareLine(text, match.index + 3)) {
      const next = text.indexOf('\n', match.index);
      start = next === -1 ? text.length : next + 1;
      line += next === -1 ? 0 : 1;
    }
  }
  cut(text.length);
  return chunks;
}

function isBareLine(text: string, at: number): boolean {
  const end = text.indexOf('\n', at);
  return /^\s*(?:#.*)?$/.test(text.slice(at, end === -1 ? undefined : end));
}

/** Cuts after every closing brace of the outermost level; anything unbalanced stays in one piece, for the parser to complain about. */
function splitJson(chunk: Chunk): Chunk[] {
  const { text } = chunk;
  const pieces: Chunk[] = [];
  let depth = 0;
  let start = 0;
  let line = chunk.line;
  for (let at = 0; at < text.length; at++) {
    const code = text[at];
    if (code === '"') at = skipString(text, at);
    else if (code === '{') depth++;
    else if (code === '}' && --depth === 0 && /^\s*\{/.test(text.slice(at + 1, at + 200))) {
      pieces.push({ line, text: text.slice(start, at + 1) });
      line += countLines(text.slice(start, at + 1));
      start = at + 1;
    }
  }
  pieces.push({ line, text: text.slice(start) });
  return pieces;
}

function skipString(text: string, open: number): number {
  let at = open + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines++;
  return lines;
}
