import { failAt, listTokens, quote } from './lexer.ts';
import { parseNumber, unquote } from './literal.ts';
import type { Branch, Command, Expression, Node, Pipeline } from './node.ts';
import type { TemplateError } from './template-error.ts';
import type { Token, TokenKind } from './token.ts';

/** A template and those that are defined in it, by name. */
export interface ParsedTemplate {
  readonly name: string;
  readonly source: string;
  readonly bodies: ReadonlyMap<string, readonly Node[]>;
}

/**
 * Reads a template in the language of Go's `text/template`.
 * @param functions Names of the functions that it may call.
 * @throws TemplateError
 */
export function parseTemplate(name: string, source: string, functions: ReadonlySet<string>): ParsedTemplate {
  const parser = new Parser(name, source, functions);
  return { name, source, bodies: parser.parse() };
}

const KEYWORDS: ReadonlySet<string> = new Set(
  'block break continue define else end if nil range template with'.split(' '),
);

/** What ends a list of nodes. */
type Stop = 'end' | 'else' | 'eof';

class Parser {
  readonly #name: string;
  readonly #source: string;
  readonly #functions: ReadonlySet<string>;
  readonly #tokens: readonly Token[];
  readonly #bodies = new Map<string, readonly Node[]>();
  #next = 0;
  #variables: string[] = ['$'];
  #loops = 0;

  constructor(name: string, source: string, functions: ReadonlySet<string>) {
    this.#name = name;
    this.#source = source;
    this.#functions = functions;
    this.#tokens = listTokens(name, source);
  }

  parse(): ReadonlyMap<string, readonly Node[]> {
    const { nodes, stop, at } = this.#parseList('top');
    if (stop !== 'eof') throw this.#fail(at, `unexpected {{${stop}}}`);
    this.#define(this.#name, nodes, at);
    return this.#bodies;
  }

  #parseList(context: string): { nodes: Node[]; stop: Stop; at: number } {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#take();
      if (token.kind === 'end') {
        if (context !== 'top') throw this.#fail(token.at, 'unexpected EOF');
        return { nodes, stop: 'eof', at: token.at };
      }
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', at: token.at, text: token.text });
        continue;
      }
      this.#skipSpace();
      const word = this.#peek();
      if (word.kind === 'word' && (word.text === 'end' || word.text === 'else')) {
        this.#take();
        if (word.text === 'end') this.#expectClose('end');
        return { nodes, stop: word.text, at: word.at };
      }
      const node = this.#parseAction(word, context);
      if (node !== undefined) nodes.push(node);
    }
  }

  #parseAction(word: Token, context: string): Node | undefined {
    if (word.kind === 'word' && KEYWORDS.has(word.text) && word.text !== 'nil') {
      this.#take();
      switch (word.text) {
        case 'if':
        case 'with':
        case 'range':
          return this.#parseControl(word.text, word.at);
        case 'template':
          return this.#parseCall();
        case 'block':
          return this.#parseBlock();
        case 'define':
          if (context !== 'top') throw this.#fail(word.at, 'unexpected <define> in command');
          return this.#parseDefinition();
        case 'break':
        case 'continue':
          this.#expectClose(word.text);
          if (this.#loops === 0) throw this.#fail(word.at, `{{${word.text}}} outside {{range}}`);
          return { kind: word.text, at: word.at };
      }
    }
    const pipeline = this.#parsePipeline('command', 'close');
    return { kind: 'action', at: pipeline.at, pipeline };
  }

  #parseControl(kind: 'if' | 'with' | 'range', at: number): Node {
    const mark = this.#variables.length;
    const pipeline = this.#parsePipeline(kind, 'close');
    if (kind === 'range') this.#loops++;
    const { nodes: body, stop, at: stopAt } = this.#parseList(kind);
    if (kind === 'range') this.#loops--;
    const otherwise = stop === 'else' ? this.#parseElse(kind, stopAt) : [];
    this.#variables.length = mark;
    const branch: Branch = { at, pipeline, body, otherwise };
    return { kind, ...branch };
  }

  #parseElse(kind: 'if' | 'with' | 'range', at: number): readonly Node[] {
    this.#skipSpace();
    const word = this.#peek();
    if (kind !== 'range' && word.kind === 'word' && word.text === kind) {
      this.#take();
      return [this.#parseControl(kind, word.at)];
    }
    this.#expectClose('else');
    const { nodes, stop } = this.#parseList(kind);
    if (stop !== 'end') throw this.#fail(at, `expected end; found {{${stop}}}`);
    return nodes;
  }

  #parseCall(): Node {
    const { name, at } = this.#parseName('template clause');
    this.#skipSpace();
    if (this.#peek().kind === 'close') {
      this.#take();
      return { kind: 'template', at, name, pipeline: undefined };
    }
    return { kind: 'template', at, name, pipeline: this.#parsePipeline('template clause', 'close') };
  }

  #parseBlock(): Node {
    const { name, at } = this.#parseName('block clause');
    const pipeline = this.#parsePipeline('block clause', 'close');
    this.#parseBody(name);
    return { kind: 'template', at, name, pipeline };
  }

  #parseDefinition(): undefined {
    const { name } = this.#parseName('define clause');
    this.#expectClose('define clause');
    this.#parseBody(name);
  }

  /** A template of its own: it sees no variables of the one around it. */
  #parseBody(name: string): void {
    const [variables, loops] = [this.#variables, this.#loops];
    this.#variables = ['$'];
    this.#loops = 0;
    const { nodes, stop, at } = this.#parseList('define');
    if (stop !== 'end') throw this.#fail(at, `unexpected {{${stop}}} in define clause`);
    this.#variables = variables;
    this.#loops = loops;
    this.#define(name, nodes, at);
  }

  /** An empty body gives way to another of its name. */
  #define(name: string, nodes: readonly Node[], at: number): void {
    const isEmpty = (body: readonly Node[]) => body.every((node) => node.kind === 'text' && node.text.trim() === '');
    const before = this.#bodies.get(name);
    if (before !== undefined && !isEmpty(before)) {
      if (!isEmpty(nodes)) throw this.#fail(at, `template: multiple definition of template ${quote(name)}`);
      return;
    }
    this.#bodies.set(name, nodes);
  }

  #parseName(context: string): { readonly name: string; readonly at: number } {
    this.#skipSpace();
    const token = this.#take();
    const name = token.kind === 'string' ? unquote(token.text) : undefined;
    if (name === undefined) throw this.#unexpected(token, context);
    return { name, at: token.at };
  }

  #parsePipeline(context: string, end: TokenKind): Pipeline {
    this.#skipSpace();
    const { at } = this.#peek();
    const target = this.#parseTarget(context);
    const commands: Command[] = [];
    for (;;) {
      this.#skipSpace();
      const token = this.#peek();
      if (token.kind === end) {
        this.#take();
        this.#checkPipeline(commands, context, token);
        return { kind: 'pipeline', at, ...target, commands };
      }
      commands.push(this.#parseCommand(context, commands.length > 0));
    }
  }

  #checkPipeline(commands: readonly Command[], context: string, end: Token): void {
    if (commands.length === 0) throw this.#fail(end.at, `missing value for ${context}`);
    for (const [index, { words }] of commands.entries()) {
      const [first] = words;
      if (index > 0 && ['bool', 'dot', 'nil', 'number', 'string'].includes(first.kind))
        throw this.#fail(first.at, `non executable command in pipeline stage ${index + 1}`);
    }
  }

  #parseTarget(context: string): Pick<Pipeline, 'variables' | 'isAssignment'> {
    const start = this.#next;
    const variables: string[] = [];
    while (this.#peek().kind === 'variable') {
      variables.push(this.#take().text);
      this.#skipSpace();
      const token = this.#peek();
      if (token.kind === 'declare' || token.kind === 'assign') {
        this.#take();
        return this.#finishTarget(variables, token);
      }
      if (token.kind !== 'comma') break;
      if (context !== 'range' || variables.length > 1)
        throw this.#fail(token.at, `too many declarations in ${context}`);
      this.#take();
      this.#skipSpace();
    }
    if (variables.length > 1) throw this.#fail(this.#peek().at, `range can only initialize variables`);
    this.#next = start;
    return { variables: [], isAssignment: false };
  }

  #finishTarget(variables: readonly string[], token: Token): Pick<Pipeline, 'variables' | 'isAssignment'> {
    const isAssignment = token.kind === 'assign';
    if (isAssignment) for (const name of variables) this.#checkVariable(name, token.at);
    else this.#variables.push(...variables);
    return { variables, isAssignment };
  }

  #parseCommand(context: string, isLater: boolean): Command {
    this.#skipSpace();
    const { at } = this.#peek();
    const words: Expression[] = [];
    for (;;) {
      this.#skipSpace();
      const word = this.#parseOperand();
      if (word !== undefined) words.push(word);
      const token = this.#peek();
      if (word !== undefined && token.kind === 'space') continue;
      if (token.kind === 'pipe') this.#take();
      else if (token.kind !== 'close' && token.kind !== 'right-paren') throw this.#unexpected(token, 'operand');
      const [first, ...rest] = words;
      if (first === undefined) {
        if (token.kind === 'pipe') throw this.#unexpected(token, context);
        throw this.#fail(token.at, isLater ? 'empty command' : `missing value for ${context}`);
      }
      return { at, words: [first, ...rest] };
    }
  }

  #parseOperand(): Expression | undefined {
    const base = this.#parseTerm();
    if (base === undefined || this.#peek().kind !== 'field') return base;
    const { at } = this.#peek();
    const path: string[] = [];
    while (this.#peek().kind === 'field') path.push(this.#take().text.slice(1));
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
        throw this.#fail(at, `unexpected . after term ${quote(this.#source.slice(base.at, at))}`);
      default:
        return { kind: 'chain', at, base, path };
    }
  }

  #parseTerm(): Expression | undefined {
    const token = this.#peek();
    const { at, text } = token;
    switch (token.kind) {
      case 'word':
        this.#take();
        if (text === 'nil') return { kind: 'nil', at };
        if (KEYWORDS.has(text)) throw this.#unexpected(token, 'operand');
        if (!this.#functions.has(text)) throw this.#fail(at, `function ${quote(text)} not defined`);
        return { kind: 'function', at, name: text };
      case 'dot':
        this.#take();
        return { kind: 'dot', at };
      case 'bool':
        this.#take();
        return { kind: 'bool', at, value: text === 'true' };
      case 'variable':
        this.#take();
        this.#checkVariable(text, at);
        return { kind: 'variable', at, name: text, path: [] };
      case 'field':
        this.#take();
        return { kind: 'field', at, path: [text.slice(1)] };
      case 'left-paren':
        this.#take();
        return this.#parsePipeline('parenthesized pipeline', 'right-paren');
      default:
        return this.#parseLiteral(token);
    }
  }

  #parseLiteral(token: Token): Expression | undefined {
    const { kind, at, text } = token;
    if (kind === 'string') {
      const value = unquote(text);
      if (value === undefined) throw this.#fail(at, 'invalid syntax');
      this.#take();
      return { kind, at, value, written: text };
    }
    if (kind !== 'number' && kind !== 'character') return undefined;
    const value = kind === 'number' ? parseNumber(text) : toCode(unquote(text));
    if (value === undefined) throw this.#fail(at, `illegal number syntax: ${quote(text)}`);
    this.#take();
    return { kind: 'number', at, value, written: text };
  }

  #checkVariable(name: string, at: number): void {
    if (!this.#variables.includes(name)) throw this.#fail(at, `undefined variable ${quote(name)}`);
  }

  #expectClose(context: string): void {
    this.#skipSpace();
    const token = this.#take();
    if (token.kind !== 'close') throw this.#unexpected(token, context);
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '', at: this.#source.length };
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #skipSpace(): void {
    while (this.#peek().kind === 'space') this.#next++;
  }

  #unexpected(token: Token, context: string): TemplateError {
    const shown =
      token.kind === 'end'
        ? 'EOF'
        : token.kind === 'word' || token.kind === 'close'
          ? quote(token.text)
          : quote(token.text);
    return this.#fail(token.at, `unexpected ${shown} in ${context}`);
  }

  #fail(at: number, message: string): TemplateError {
    return failAt(this.#name, this.#source, at, message);
  }
}

/** The number of a character. */
function toCode(text: string | undefined): bigint | undefined {
  const code = text === undefined || [...text].length !== 1 ? undefined : text.codePointAt(0);
  return code === undefined ? undefined : BigInt(code);
}
