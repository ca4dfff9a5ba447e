import { quote } from './lexer.ts';
import { parseNumber, unquote } from './literal.ts';
import type { Command, Expression, Pipeline } from './node.ts';
import type { Token, TokenKind } from './token.ts';
import type { TokenReader } from './token-reader.ts';

/** Words that no function is called. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  'block break continue define else end if nil range template with'.split(' '),
);

/** Reads what has a value: pipelines, commands, operands. */
export class PipelineParser {
  readonly #tokens: TokenReader;
  readonly #functions: ReadonlySet<string>;
  /** Variables that can be used here, in the order of their declaration. */
  variables: string[] = ['$'];

  constructor(tokens: TokenReader, functions: ReadonlySet<string>) {
    this.#tokens = tokens;
    this.#functions = functions;
  }

  /**
   * Reads a pipeline and what ends it.
   * @throws TemplateError
   */
  parse(context: string, end: TokenKind): Pipeline {
    this.#tokens.skipSpace();
    const { at } = this.#tokens.peek();
    const target = this.#parseTarget(context);
    const commands: Command[] = [];
    for (;;) {
      this.#tokens.skipSpace();
      const token = this.#tokens.peek();
      if (token.kind === end) {
        this.#tokens.take();
        this.#checkPipeline(commands, context, token);
        return { kind: 'pipeline', at, ...target, commands };
      }
      commands.push(this.#parseCommand(context, commands.length > 0));
    }
  }

  #checkPipeline(commands: readonly Command[], context: string, end: Token): void {
    if (commands.length === 0) throw this.#tokens.fail(end.at, `missing value for ${context}`);
    for (const [index, { words }] of commands.entries()) {
      const [first] = words;
      if (index > 0 && ['bool', 'dot', 'nil', 'number', 'string'].includes(first.kind))
        throw this.#tokens.fail(first.at, `non executable command in pipeline stage ${index + 1}`);
    }
  }

  #parseTarget(context: string): Pick<Pipeline, 'variables' | 'isAssignment'> {
    const start = this.#tokens.mark;
    const variables: string[] = [];
    while (this.#tokens.peek().kind === 'variable') {
      variables.push(this.#tokens.take().text);
      this.#tokens.skipSpace();
      const token = this.#tokens.peek();
      if (token.kind === 'declare' || token.kind === 'assign') {
        this.#tokens.take();
        return this.#finishTarget(variables, token);
      }
      if (token.kind !== 'comma') break;
      if (context !== 'range' || variables.length > 1)
        throw this.#tokens.fail(token.at, `too many declarations in ${context}`);
      this.#tokens.take();
      this.#tokens.skipSpace();
    }
    if (variables.length > 1) throw this.#tokens.fail(this.#tokens.peek().at, `range can only initialize variables`);
    this.#tokens.goBack(start);
    return { variables: [], isAssignment: false };
  }

  #finishTarget(variables: readonly string[], token: Token): Pick<Pipeline, 'variables' | 'isAssignment'> {
    const isAssignment = token.kind === 'assign';
    if (isAssignment) for (const name of variables) this.#checkVariable(name, token.at);
    else this.variables.push(...variables);
    return { variables, isAssignment };
  }

  #parseCommand(context: string, isLater: boolean): Command {
    this.#tokens.skipSpace();
    const { at } = this.#tokens.peek();
    const words: Expression[] = [];
    for (;;) {
      this.#tokens.skipSpace();
      const word = this.#parseOperand();
      if (word !== undefined) words.push(word);
      const token = this.#tokens.peek();
      if (word !== undefined && token.kind === 'space') continue;
      if (token.kind === 'pipe') this.#tokens.take();
      else if (token.kind !== 'close' && token.kind !== 'right-paren') throw this.#tokens.unexpected(token, 'operand');
      const [first, ...rest] = words;
      if (first === undefined) {
        if (token.kind === 'pipe') throw this.#tokens.unexpected(token, context);
        throw this.#tokens.fail(token.at, isLater ? 'empty command' : `missing value for ${context}`);
      }
      return { at, words: [first, ...rest] };
    }
  }

  #parseOperand(): Expression | undefined {
    const base = this.#parseTerm();
    if (base === undefined || this.#tokens.peek().kind !== 'field') return base;
    const { at } = this.#tokens.peek();
    const path: string[] = [];
    while (this.#tokens.peek().kind === 'field') path.push(this.#tokens.take().text.slice(1));
    switch (base.kind) {
      case 'field':
        return { kind: 'field', at, path: [...base.path, ...path] };
      case 'variable':
        return { kind: 'variable', at, name: base.name, path: [...base.path, ...path] };
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        throw this.#tokens.fail(at, `unexpected . after term ${quote(this.#tokens.textBetween(base.at, at))}`);
      default:
        return { kind: 'chain', at, base, path };
    }
  }

  #parseTerm(): Expression | undefined {
    const token = this.#tokens.peek();
    const { at, text } = token;
    switch (token.kind) {
      case 'word':
        this.#tokens.take();
        if (text === 'nil') return { kind: 'nil', at };
        if (KEYWORDS.has(text)) throw this.#tokens.unexpected(token, 'operand');
        if (!this.#functions.has(text)) throw this.#tokens.fail(at, `function ${quote(text)} not defined`);
        return { kind: 'function', at, name: text };
      case 'dot':
        this.#tokens.take();
        return { kind: 'dot', at };
      case 'bool':
        this.#tokens.take();
        return { kind: 'bool', at, value: text === 'true' };
      case 'variable':
        this.#tokens.take();
        this.#checkVariable(text, at);
        return { kind: 'variable', at, name: text, path: [] };
      case 'field':
        this.#tokens.take();
        return { kind: 'field', at, path: [text.slice(1)] };
      case 'left-paren':
        this.#tokens.take();
        return this.parse('parenthesized pipeline', 'right-paren');
      default:
        return this.#parseLiteral(token);
    }
  }

  #parseLiteral(token: Token): Expression | undefined {
    const { kind, at, text } = token;
    if (kind === 'string') {
      const value = unquote(text);
      if (value === undefined) throw this.#tokens.fail(at, 'invalid syntax');
      this.#tokens.take();
      return { kind, at, value, written: text };
    }
    if (kind !== 'number' && kind !== 'character') return undefined;
    const value = kind === 'number' ? parseNumber(text) : toCode(unquote(text));
    if (value === undefined) throw this.#tokens.fail(at, `illegal number syntax: ${quote(text)}`);
    this.#tokens.take();
    return { kind: 'number', at, value, written: text };
  }

  #checkVariable(name: string, at: number): void {
    if (!this.variables.includes(name)) throw this.#tokens.fail(at, `undefined variable ${quote(name)}`);
  }
}

/** The number of a character. */
function toCode(text: string | undefined): bigint | undefined {
  const code = text === undefined || [...text].length !== 1 ? undefined : text.codePointAt(0);
  return code === undefined ? undefined : BigInt(code);
}
