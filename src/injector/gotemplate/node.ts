/** Anything that has a value. */
export type Expression =
  | { readonly kind: 'bool'; readonly at: number; readonly value: boolean }
  | { readonly kind: 'string'; readonly at: number; readonly value: string; readonly written: string }
  /** Whole numbers are `bigint`, others `number`. */
  | { readonly kind: 'number'; readonly at: number; readonly value: bigint | number; readonly written: string }
  | { readonly kind: 'nil'; readonly at: number }
  | { readonly kind: 'dot'; readonly at: number }
  | { readonly kind: 'field'; readonly at: number; readonly path: readonly string[] }
  | { readonly kind: 'variable'; readonly at: number; readonly name: string; readonly path: readonly string[] }
  | { readonly kind: 'function'; readonly at: number; readonly name: string }
  | { readonly kind: 'chain'; readonly at: number; readonly base: Expression; readonly path: readonly string[] }
  | Pipeline;

/** A function, or something else, and its arguments. */
export interface Command {
  readonly at: number;
  readonly words: readonly [Expression, ...Expression[]];
}

export interface Pipeline {
  readonly kind: 'pipeline';
  readonly at: number;
  /** Variables that get the value. */
  readonly variables: readonly string[];
  /** Whether they are there already. */
  readonly isAssignment: boolean;
  readonly commands: readonly Command[];
}

export interface Branch {
  readonly at: number;
  readonly pipeline: Pipeline;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

export type Node =
  | { readonly kind: 'text'; readonly at: number; readonly text: string }
  | { readonly kind: 'action'; readonly at: number; readonly pipeline: Pipeline }
  | ({ readonly kind: 'if' | 'with' | 'range' } & Branch)
  | { readonly kind: 'template'; readonly at: number; readonly name: string; readonly pipeline: Pipeline | undefined }
  | { readonly kind: 'break' | 'continue'; readonly at: number };

/** An expression as it was written, blanks aside: errors show it. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'bool':
      return String(expression.value);
    case 'string':
    case 'number':
      return expression.written;
    case 'nil':
      return 'nil';
    case 'dot':
      return '.';
    case 'field':
      return printPath(expression.path);
    case 'variable':
      return expression.name + printPath(expression.path);
    case 'function':
      return expression.name;
    case 'chain':
      return printWord(expression.base) + printPath(expression.path);
    case 'pipeline':
      return printPipeline(expression);
  }
}

function printPath(path: readonly string[]): string {
  return path.map((name) => `.${name}`).join('');
}

function printWord(word: Expression): string {
  return word.kind === 'pipeline' ? `(${printPipeline(word)})` : printExpression(word);
}

/** A command as it was written, blanks aside. */
export function printCommand({ words }: Command): string {
  return words.map(printWord).join(' ');
}

function printPipeline({ variables, isAssignment, commands }: Pipeline): string {
  const target = variables.length > 0 ? `${variables.join(', ')} ${isAssignment ? '=' : ':='} ` : '';
  return target + commands.map(printCommand).join(' | ');
}
