import { failAt, listTokens, quote } from './lexer.ts';
import type { TemplateError } from './template-error.ts';
import type { Token } from './token.ts';

/** Goes through the tokens of a template. */
export class TokenReader {
  readonly #name: string;
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #next = 0;

  /** @throws TemplateError */
  constructor(name: string, source: string) {
    this.#name = name;
    this.#source = source;
    this.#tokens = listTokens(name, source);
  }

  /** The next token, which stays. */
  peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: this.#source.length };
  }

  take(): Token {
    const token = this.peek();
    this.#next++;
    return token;
  }

  skipSpace(): void {
    while (this.peek().kind === 'space') this.#next++;
  }

  /** Where the reader is, to come back to. */
  get mark(): number {
    return this.#next;
  }

  goBack(mark: number): void {
    this.#next = mark;
  }

  /** Takes the end of an action. */
  expectClose(context: string): void {
    this.skipSpace();
    const token = this.take();
    if (token.kind !== 'close') throw this.unexpected(token, context);
  }

  /** What stands between two places. */
  textBetween(start: number, end: number): string {
    return this.#source.slice(start, end);
  }

  unexpected(token: Token, context: string): TemplateError {
    const shown = token.kind === 'end' ? 'EOF' : quote(token.text);
    return this.fail(token.at, `unexpected ${shown} in ${context}`);
  }

  fail(at: number, message: string): TemplateError {
    return failAt(this.#name, this.#source, at, message);
  }
}
