import { findField } from './field.ts';
import { fitArgument, type FunctionTable, type GoFunction, type ParameterType } from './function.ts';
import { quote } from './lexer.ts';
import {
  type Branch,
  type Command,
  type Expression,
  type Node,
  type Pipeline,
  printCommand,
  printExpression,
} from './node.ts';
import type { ParsedTemplate } from './parser.ts';
import { printOut } from './print.ts';
import { TemplateError } from './template-error.ts';
import { GoMap, type GoValue, isList, isTrue } from './value.ts';

/** Templates come from people; a slip must not take the control plane with it. */
const MAX_DEPTH = 1000;
const MAX_STEPS = 200_000;
const MAX_CHARACTERS = 8 * 1024 * 1024;

/**
 * Runs a template on a value.
 * @throws TemplateError that tells where, as Go does: `template: name:line:column: executing "name" at <.x>: …`.
 */
export function executeTemplate(template: ParsedTemplate, functions: FunctionTable, data: GoValue): string {
  return new Execution(template, functions).run(data);
}

/** Where an expression was written, for errors. */
interface Place {
  readonly at: number;
  readonly text: () => string;
}

type Flow = 'on' | 'break' | 'continue';

/** Stands for "no argument came through the pipeline". */
const NONE = Symbol('none');
type Piped = GoValue | typeof NONE;

class Execution {
  readonly #template: ParsedTemplate;
  readonly #functions: FunctionTable;
  #body: string;
  #variables: { readonly name: string; value: GoValue }[] = [];
  #output: string[] = [];
  #characters = 0;
  #steps = 0;
  #depth = 0;

  constructor(template: ParsedTemplate, functions: FunctionTable) {
    this.#template = template;
    this.#functions = functions;
    this.#body = template.name;
  }

  run(data: GoValue): string {
    this.#call(this.#template.name, data);
    return this.#output.join('');
  }

  #call(name: string, data: GoValue): void {
    const [variables, body] = [this.#variables, this.#body];
    this.#variables = [{ name: '$', value: data }];
    this.#body = name;
    this.#walk(this.#template.bodies.get(name) ?? [], data);
    this.#variables = variables;
    this.#body = body;
  }

  #walk(nodes: readonly Node[], dot: GoValue): Flow {
    for (const node of nodes) {
      const flow = this.#step(node, dot);
      if (flow !== 'on') return flow;
    }
    return 'on';
  }

  #step(node: Node, dot: GoValue): Flow {
    this.#steps++;
    if (this.#steps > MAX_STEPS) throw new TemplateError(`template: ${this.#body}: more than ${MAX_STEPS} steps`);
    switch (node.kind) {
      case 'text':
        this.#write(node.text);
        return 'on';
      case 'action': {
        const value = this.#evaluatePipeline(node.pipeline, dot);
        if (node.pipeline.variables.length === 0) this.#write(printOut(value));
        return 'on';
      }
      case 'if':
      case 'with':
        return this.#branch(node, dot, node.kind === 'with');
      case 'range':
        return this.#loop(node, dot);
      case 'template':
        this.#include(node, dot);
        return 'on';
      default:
        return node.kind;
    }
  }

  #write(text: string): void {
    this.#characters += text.length;
    if (this.#characters > MAX_CHARACTERS) throw new TemplateError(`template: ${this.#body}: output is too long`);
    this.#output.push(text);
  }

  #branch(node: Branch, dot: GoValue, moves: boolean): Flow {
    const mark = this.#variables.length;
    const value = this.#evaluatePipeline(node.pipeline, dot);
    const flow = isTrue(value) ? this.#walk(node.body, moves ? value : dot) : this.#walk(node.otherwise, dot);
    this.#variables.length = mark;
    return flow;
  }

  #loop(node: Branch, dot: GoValue): Flow {
    const mark = this.#variables.length;
    const value = this.#evaluatePipeline(node.pipeline, dot);
    const inner = this.#variables.length;
    let isEmpty = true;
    let flow: Flow = 'on';
    for (const [key, element] of this.#listElements(value, node.pipeline)) {
      isEmpty = false;
      this.#setLoopVariables(node.pipeline, key, element);
      flow = this.#walk(node.body, element);
      this.#variables.length = inner;
      if (flow === 'break') break;
    }
    if (isEmpty) flow = this.#walk(node.otherwise, dot);
    else flow = 'on';
    this.#variables.length = mark;
    return flow;
  }

  #listElements(value: GoValue, pipeline: Pipeline): Iterable<readonly [GoValue, GoValue]> {
    if (isList(value)) return value.map((element, index) => [BigInt(index), element] as const);
    if (value instanceof GoMap) return value.listSorted();
    if (value === undefined || value === null) return [];
    if (typeof value === 'bigint') {
      if (value > BigInt(MAX_STEPS)) throw this.#fail(placeOf(pipeline), `range over ${value} is too long`);
      if (pipeline.variables.length > 1)
        throw this.#fail(placeOf(pipeline), `can't use ${value} to iterate over more than one variable`);
      return Array.from(
        { length: Number(value < 0n ? 0n : value) },
        (_, index) => [BigInt(index), BigInt(index)] as const,
      );
    }
    throw this.#fail(placeOf(pipeline), `range can't iterate over ${printOut(value)}`);
  }

  #setLoopVariables({ variables, isAssignment }: Pipeline, key: GoValue, element: GoValue): void {
    const [first, second] = variables;
    if (first === undefined) return;
    const set = (name: string, value: GoValue) => {
      if (isAssignment) this.#assign(name, value);
      else this.#variables.push({ name, value });
    };
    set(first, second === undefined ? element : key);
    if (second !== undefined) set(second, element);
  }

  #include(node: Extract<Node, { readonly kind: 'template' }>, dot: GoValue): void {
    const place = {
      at: node.at,
      text: () => `{{template ${quote(node.name)}${node.pipeline ? ` ${printExpression(node.pipeline)}` : ''}}}`,
    };
    if (!this.#template.bodies.has(node.name)) throw this.#fail(place, `template ${quote(node.name)} not defined`);
    if (this.#depth >= MAX_DEPTH) throw this.#fail(place, 'exceeded maximum template depth');
    this.#depth++;
    this.#call(node.name, node.pipeline === undefined ? undefined : this.#evaluatePipeline(node.pipeline, dot));
    this.#depth--;
  }

  #evaluatePipeline(pipeline: Pipeline, dot: GoValue): GoValue {
    let value: Piped = NONE;
    for (const command of pipeline.commands) value = this.#evaluateCommand(command, dot, value);
    const result = value === NONE ? undefined : value;
    const [name] = pipeline.variables;
    if (pipeline.isAssignment && name !== undefined) this.#assign(name, result);
    // Those of a loop are set with each turn.
    else if (name !== undefined) this.#variables.push({ name, value: result });
    return result;
  }

  #assign(name: string, value: GoValue): void {
    const variable = this.#variables.findLast((one) => one.name === name);
    if (variable !== undefined) variable.value = value;
  }

  #evaluateCommand(command: Command, dot: GoValue, piped: Piped): GoValue {
    const [first, ...rest] = command.words;
    const hasArguments = rest.length > 0 || piped !== NONE;
    switch (first.kind) {
      case 'function':
        return this.#evaluateFunction(first, command, dot, piped);
      case 'field':
        return this.#follow(dot, first.path, first, hasArguments);
      case 'variable':
        return this.#evaluateVariable(first, command, hasArguments);
      case 'chain':
        return this.#follow(this.#evaluate(first.base, dot), first.path, first, hasArguments);
      default:
        if (hasArguments)
          throw this.#fail(placeOf(first), `can't give argument to non-function ${printExpression(first)}`);
        if (first.kind === 'nil') throw this.#fail(placeOf(first), 'nil is not a command');
        return this.#evaluate(first, dot);
    }
  }

  #evaluateVariable(
    word: Extract<Expression, { readonly kind: 'variable' }>,
    command: Command,
    hasArguments: boolean,
  ): GoValue {
    const value = this.#variables.findLast(({ name }) => name === word.name)?.value;
    if (word.path.length > 0) return this.#follow(value, word.path, word, hasArguments);
    if (hasArguments)
      throw this.#fail(placeOf(word), `can't give argument to non-function ${printExpression(command.words[0])}`);
    return value;
  }

  #evaluate(expression: Expression, dot: GoValue): GoValue {
    switch (expression.kind) {
      case 'bool':
      case 'string':
      case 'number':
        return expression.value;
      case 'nil':
        return null;
      case 'dot':
        return dot;
      case 'pipeline':
        return this.#evaluatePipeline(expression, dot);
      default:
        return this.#evaluateCommand({ at: expression.at, words: [expression] }, dot, NONE);
    }
  }

  #follow(base: GoValue, path: readonly string[], expression: Expression, hasArguments: boolean): GoValue {
    let value = base;
    let isFromMap = false;
    for (const [index, name] of path.entries()) {
      const found = findField(value, name, hasArguments && index === path.length - 1, isFromMap);
      if ('because' in found) throw this.#fail(placeOf(expression), found.because);
      isFromMap = value instanceof GoMap && value.element === 'any';
      value = found.value;
    }
    return value;
  }

  #evaluateFunction(
    word: Extract<Expression, { readonly kind: 'function' }>,
    command: Command,
    dot: GoValue,
    piped: Piped,
  ): GoValue {
    const words = command.words.slice(1);
    if (word.name === 'and' || word.name === 'or') return this.#evaluateLogic(word, words, dot, piped);
    const definition = this.#functions[word.name];
    if (definition === undefined) throw this.#fail(placeOf(word), `${quote(word.name)} is not a defined function`);
    this.#checkCount(word, definition, words.length + (piped === NONE ? 0 : 1));
    const values = words.map((one, index) => this.#fit(this.#evaluate(one, dot), definition, index, one));
    if (piped !== NONE) values.push(this.#fit(piped, definition, values.length, word));
    try {
      return definition.call(...values);
    } catch (error) {
      if (!(error instanceof TemplateError) || error.message.startsWith('template: ')) throw error;
      const place = { at: command.at, text: () => printCommand(command) };
      throw this.#fail(place, `error calling ${word.name}: ${error.message}`);
    }
  }

  #checkCount(
    word: Extract<Expression, { readonly kind: 'function' }>,
    { parameters, rest }: GoFunction,
    count: number,
  ): void {
    const wanted = parameters.length;
    if (rest !== undefined && count < wanted)
      throw this.#fail(placeOf(word), `wrong number of args for ${word.name}: want at least ${wanted} got ${count}`);
    if (rest === undefined && count !== wanted)
      throw this.#fail(placeOf(word), `wrong number of args for ${word.name}: want ${wanted} got ${count}`);
  }

  #fit(value: GoValue, definition: GoFunction, index: number, word: Expression): GoValue {
    const type = definition.parameters[index] ?? definition.rest ?? 'any';
    const fitted = fitArgument(value, type);
    if ('value' in fitted) return fitted.value;
    const isLiteral = word.kind === 'string' || word.kind === 'number' || word.kind === 'bool';
    const because = isLiteral
      ? `expected ${nameOf(type)}; found ${word.kind === 'bool' ? word.value : word.written}`
      : fitted.because;
    throw this.#fail(placeOf(word), because);
  }

  /** Stops at the first argument that settles it. */
  #evaluateLogic(
    word: Extract<Expression, { readonly kind: 'function' }>,
    words: readonly Expression[],
    dot: GoValue,
    piped: Piped,
  ): GoValue {
    let value: Piped = NONE;
    for (const one of words) {
      value = this.#evaluate(one, dot);
      if (isTrue(value) === (word.name === 'or')) return value;
    }
    if (piped !== NONE) return piped;
    if (value === NONE) throw this.#fail(placeOf(word), `wrong number of args for ${word.name}: want at least 1 got 0`);
    return value;
  }

  #fail({ at, text }: Place, message: string): TemplateError {
    const { name, source } = this.#template;
    const before = source.slice(0, at);
    const start = before.lastIndexOf('\n') + 1;
    const line = before.split('\n').length;
    const column = Buffer.byteLength(before.slice(start));
    return new TemplateError(
      `template: ${name}:${line}:${column}: executing ${quote(this.#body)} at <${text()}>: ${message}`,
    );
  }
}

function nameOf(type: ParameterType): string {
  return type === 'int' ? 'integer' : type === 'bool' ? 'boolean' : type;
}

function placeOf(expression: Expression): Place {
  return { at: expression.at, text: () => printExpression(expression) };
}
