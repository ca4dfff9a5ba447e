import { quote } from './lexer.ts';
import { unquote } from './literal.ts';
import type { Branch, Node } from './node.ts';
import { KEYWORDS, PipelineParser } from './pipeline-parser.ts';
import type { Token } from './token.ts';
import { TokenReader } from './token-reader.ts';

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

/** What ends a list of nodes. */
type Stop = 'end' | 'else' | 'eof';

class Parser {
  readonly #name: string;
  readonly #tokens: TokenReader;
  readonly #pipelines: PipelineParser;
  readonly #bodies = new Map<string, readonly Node[]>();
  #loops = 0;

  constructor(name: string, source: string, functions: ReadonlySet<string>) {
    this.#name = name;
    this.#tokens = new TokenReader(name, source);
    this.#pipelines = new PipelineParser(this.#tokens, functions);
  }

  parse(): ReadonlyMap<string, readonly Node[]> {
    const { nodes, stop, at } = this.#parseList('top');
    if (stop !== 'eof') throw this.#tokens.fail(at, `unexpected {{${stop}}}`);
    this.#define(this.#name, nodes, at);
    return this.#bodies;
  }

  #parseList(context: string): { nodes: Node[]; stop: Stop; at: number } {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#tokens.take();
      if (token.kind === 'end') {
        if (context !== 'top') throw this.#tokens.fail(token.at, 'unexpected EOF');
        return { nodes, stop: 'eof', at: token.at };
      }
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', at: token.at, text: token.text });
        continue;
      }
      this.#tokens.skipSpace();
      const word = this.#tokens.peek();
      if (word.kind === 'word' && (word.text === 'end' || word.text === 'else')) {
        this.#tokens.take();
        if (word.text === 'end') this.#tokens.expectClose('end');
        return { nodes, stop: word.text, at: word.at };
      }
      const node = this.#parseAction(word, context);
      if (node !== undefined) nodes.push(node);
    }
  }

  #parseAction(word: Token, context: string): Node | undefined {
    if (word.kind === 'word' && KEYWORDS.has(word.text) && word.text !== 'nil') {
      this.#tokens.take();
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
          if (context !== 'top') throw this.#tokens.fail(word.at, 'unexpected <define> in command');
          return this.#parseDefinition();
        case 'break':
        case 'continue':
          this.#tokens.expectClose(word.text);
          if (this.#loops === 0) throw this.#tokens.fail(word.at, `{{${word.text}}} outside {{range}}`);
          return { kind: word.text, at: word.at };
      }
    }
    const pipeline = this.#pipelines.parse('command', 'close');
    return { kind: 'action', at: pipeline.at, pipeline };
  }

  #parseControl(kind: 'if' | 'with' | 'range', at: number): Node {
    const mark = this.#pipelines.variables.length;
    const pipeline = this.#pipelines.parse(kind, 'close');
    if (kind === 'range') this.#loops++;
    const { nodes: body, stop, at: stopAt } = this.#parseList(kind);
    if (kind === 'range') this.#loops--;
    const otherwise = stop === 'else' ? this.#parseElse(kind, stopAt) : [];
    this.#pipelines.variables.length = mark;
    const branch: Branch = { at, pipeline, body, otherwise };
    return { kind, ...branch };
  }

  #parseElse(kind: 'if' | 'with' | 'range', at: number): readonly Node[] {
    this.#tokens.skipSpace();
    const word = this.#tokens.peek();
    if (kind !== 'range' && word.kind === 'word' && word.text === kind) {
      this.#tokens.take();
      return [this.#parseControl(kind, word.at)];
    }
    this.#tokens.expectClose('else');
    const { nodes, stop } = this.#parseList(kind);
    if (stop !== 'end') throw this.#tokens.fail(at, `expected end; found {{${stop}}}`);
    return nodes;
  }

  #parseCall(): Node {
    const { name, at } = this.#parseName('template clause');
    this.#tokens.skipSpace();
    if (this.#tokens.peek().kind === 'close') {
      this.#tokens.take();
      return { kind: 'template', at, name, pipeline: undefined };
    }
    return { kind: 'template', at, name, pipeline: this.#pipelines.parse('template clause', 'close') };
  }

  #parseBlock(): Node {
    const { name, at } = this.#parseName('block clause');
    const pipeline = this.#pipelines.parse('block clause', 'close');
    this.#parseBody(name);
    return { kind: 'template', at, name, pipeline };
  }

  #parseDefinition(): undefined {
    const { name } = this.#parseName('define clause');
    this.#tokens.expectClose('define clause');
    this.#parseBody(name);
  }

  /** A template of its own: it sees no variables of the one around it. */
  #parseBody(name: string): void {
    const [variables, loops] = [this.#pipelines.variables, this.#loops];
    this.#pipelines.variables = ['$'];
    this.#loops = 0;
    const { nodes, stop, at } = this.#parseList('define');
    if (stop !== 'end') throw this.#tokens.fail(at, `unexpected {{${stop}}} in define clause`);
    this.#pipelines.variables = variables;
    this.#loops = loops;
    this.#define(name, nodes, at);
  }

  /** An empty body gives way to another of its name. */
  #define(name: string, nodes: readonly Node[], at: number): void {
    const isEmpty = (body: readonly Node[]) => body.every((node) => node.kind === 'text' && node.text.trim() === '');
    const before = this.#bodies.get(name);
    if (before !== undefined && !isEmpty(before)) {
      if (!isEmpty(nodes)) throw this.#tokens.fail(at, `template: multiple definition of template ${quote(name)}`);
      return;
    }
    this.#bodies.set(name, nodes);
  }

  #parseName(context: string): { readonly name: string; readonly at: number } {
    this.#tokens.skipSpace();
    const token = this.#tokens.take();
    const name = token.kind === 'string' ? unquote(token.text) : undefined;
    if (name === undefined) throw this.#tokens.unexpected(token, context);
    return { name, at: token.at };
  }
}
