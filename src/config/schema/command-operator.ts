/**
 * What is wrong with a text that Envoy formats (`%REQ(x-id)%`); `undefined` when nothing is.
 *
 * A single `%` begins an operator, `%%` stands for itself. Envoy refuses the whole configuration over an operator it does not know.
 *
 * @returns The rest of a sentence whose subject is the field.
 */
export function findFormatFault(text: string): string | undefined {
  for (let at = text.indexOf('%'); at !== -1; at = text.indexOf('%', at)) {
    if (text[at + 1] === '%') {
      at += 2;
      continue;
    }
    const operator = OPERATOR.exec(text.slice(at, at + 1024));
    if (operator === null)
      return 'has a "%" that begins no operator such as %REQ(x-id)%; write "%%" for the character itself';
    const [whole, name = ''] = operator;
    if (!KNOWN.has(name)) return `uses the operator %${name}%, which Envoy does not know`;
    at += whole.length;
  }
  return undefined;
}

const OPERATOR = /^%([A-Z0-9_]+)(?:\((?:[^()]|\([^()]*\))*\))?(?::[0-9]+)?%/;

/** Operators of Envoy 1.40 that may stand in headers. */
const KNOWN: ReadonlySet<string> = new Set(['REQ']);
