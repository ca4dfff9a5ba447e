import { TemplateError } from './template-error.ts';
import type { Token, TokenKind } from './token.ts';

const OPEN = '{{';
const CLOSE = '}}';
const TRIM_START = /[ \t\r\n]+$/;
const TRIM_END = /^[ \t\r\n]+/;

/** What can stand in an action, longest first where one begins another. Each is tried where the last one ended. */
const PIECES: readonly (readonly [kind: TokenKind, pattern: RegExp])[] = [
  ['space', /[ \t\r\n]+/y],
  ['declare', /:=/y],
  ['assign', /=/y],
  ['pipe', /\|/y],
  ['comma', /,/y],
  ['left-paren', /\(/y],
  ['right-paren', /\)/y],
  ['string', /"(?:\\.|[^"\\\n])*"|`[^`]*`/y],
  ['character', /'(?:\\.|[^'\\\n])+'/y],
  ['number', /[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?)/y],
  ['variable', /\$[\p{L}\p{N}_]*/uy],
  ['field', /\.[\p{L}_][\p{L}\p{N}_]*/uy],
  ['dot', /\./y],
  ['word', /[\p{L}_][\p{L}\p{N}_]*/uy],
];

/** Must be followed by something that cannot belong to them. */
const WORDS: readonly TokenKind[] = ['word', 'field', 'variable', 'number', 'character', 'dot'];
const AFTER_WORD = /[\s.,|:)(=]|\}\}|$/y;

/**
 * Cuts a template into texts and actions. Trim markers and comments are gone from the result.
 * @throws TemplateError
 */
export function listTokens(name: string, source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trims = false;
  for (;;) {
    const open = source.indexOf(OPEN, at);
    const end = open < 0 ? source.length : open;
    const trimsBefore = open >= 0 && /^-[ \t\r\n]/.test(source.slice(open + 2, open + 4));
    pushText(tokens, source.slice(at, end), at, { start: trims, end: trimsBefore });
    if (open < 0) break;
    const inside = open + OPEN.length + (trimsBefore ? 2 : 0);
    const action = source.startsWith('/*', inside)
      ? skipComment(name, source, inside)
      : lexAction(name, source, open, inside, tokens);
    at = action.next;
    trims = action.trims;
  }
  tokens.push({ kind: 'end', text: '', at: source.length });
  return tokens;
}

function pushText(
  tokens: Token[],
  text: string,
  at: number,
  trims: { readonly start: boolean; readonly end: boolean },
): void {
  const head = trims.start ? text.replace(TRIM_END, '') : text;
  const body = trims.end ? head.replace(TRIM_START, '') : head;
  if (body !== '') tokens.push({ kind: 'text', text: body, at: at + text.length - head.length });
}

/** Where the text after an action begins, and whether its blanks go. */
interface ActionEnd {
  readonly next: number;
  readonly trims: boolean;
}

function skipComment(name: string, source: string, inside: number): ActionEnd {
  const end = source.indexOf('*/', inside + 2);
  if (end < 0) throw failAt(name, source, inside, 'unclosed comment');
  const close = findClose(source, end + 2);
  if (close === undefined) throw failAt(name, source, inside, 'comment ends before closing delimiter');
  return close;
}

/** The end of the action, if it is just here. */
function findClose(source: string, at: number): ActionEnd | undefined {
  if (source.startsWith(CLOSE, at)) return { next: at + CLOSE.length, trims: false };
  const trimmed = /[ \t\r\n]-\}\}/y;
  trimmed.lastIndex = at;
  return trimmed.test(source) ? { next: trimmed.lastIndex, trims: true } : undefined;
}

function lexAction(name: string, source: string, open: number, inside: number, tokens: Token[]): ActionEnd {
  tokens.push({ kind: 'open', text: OPEN, at: open });
  let at = inside;
  let depth = 0;
  for (;;) {
    const close = findClose(source, at);
    if (close !== undefined) {
      if (depth > 0) throw failAt(name, source, at, 'unclosed left paren');
      tokens.push({ kind: 'close', text: CLOSE, at });
      return close;
    }
    if (at >= source.length) throw failAt(name, source, at, 'unclosed action');
    const token = nextToken(name, source, at);
    depth += token.kind === 'left-paren' ? 1 : token.kind === 'right-paren' ? -1 : 0;
    if (depth < 0) throw failAt(name, source, at, 'unexpected right paren');
    tokens.push(token);
    at += token.text.length;
  }
}

function nextToken(name: string, source: string, at: number): Token {
  const marker = /[ \t\r\n]+(?=[ \t\r\n]-\}\})/y;
  marker.lastIndex = at;
  const blanks = marker.exec(source)?.[0];
  if (blanks !== undefined) return { kind: 'space', text: blanks, at };
  for (const [kind, pattern] of PIECES) {
    pattern.lastIndex = at;
    const text = pattern.exec(source)?.[0];
    if (text === undefined) continue;
    if (WORDS.includes(kind) && !endsHere(source, at + text.length)) {
      const bad =
        kind === 'number'
          ? `bad number syntax: ${quote(text + (source[at + text.length] ?? ''))}`
          : badCharacter(source, at + text.length);
      throw failAt(name, source, at, bad);
    }
    return { kind: toKind(kind, text), text, at };
  }
  const rest = source.slice(at, at + 1);
  if (rest === '"') throw failAt(name, source, at, 'unterminated quoted string');
  if (rest === '`') throw failAt(name, source, at, 'unterminated raw quoted string');
  if (rest === "'") throw failAt(name, source, at, 'unterminated character constant');
  if (rest === ':') throw failAt(name, source, at, 'expected :=');
  if (/[!-~]/.test(rest)) throw failAt(name, source, at, `unexpected ${quote(rest)} in command`);
  throw failAt(name, source, at, `unrecognized character in action: ${describeCharacter(source, at)}`);
}

function toKind(kind: TokenKind, text: string): TokenKind {
  return kind === 'word' && (text === 'true' || text === 'false') ? 'bool' : kind;
}

function endsHere(source: string, at: number): boolean {
  AFTER_WORD.lastIndex = at;
  return AFTER_WORD.test(source);
}

function badCharacter(source: string, at: number): string {
  return `bad character ${describeCharacter(source, at)}`;
}

function describeCharacter(source: string, at: number): string {
  const character = String.fromCodePoint(source.codePointAt(at) ?? 0);
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')} '${character}'`;
}

/** A text in double quotes, as Go quotes it. */
export function quote(text: string): string {
  return JSON.stringify(text)
    .replaceAll('\\b', '\\x08')
    .replace(/\\u00([0-9a-f]{2})/g, '\\x$1');
}

/** An error that was found while reading; it tells the line. */
export function failAt(name: string, source: string, at: number, message: string): TemplateError {
  const line = source.slice(0, at).split('\n').length;
  return new TemplateError(`template: ${name}:${line}: ${message}`);
}
