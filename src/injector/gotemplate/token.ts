export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'pipe'
  | 'declare'
  | 'assign'
  | 'comma'
  | 'left-paren'
  | 'right-paren'
  | 'string'
  | 'character'
  | 'number'
  | 'bool'
  | 'dot'
  | 'field'
  | 'variable'
  | 'word'
  | 'end';

/** A piece of a template. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it begins, in characters. */
  readonly at: number;
}
