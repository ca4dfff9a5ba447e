const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = { open: 0x5b, close: 0x5d };
const BRACE = { open: 0x7b, close: 0x7d };

/**
 * Whether JSON is nested deeper than so many levels. It is looked at before it is parsed: a few megabytes of brackets keep a parser busy for
 * seconds, and whoever walks what comes out runs out of stack.
 */
export function isNestedDeeper(json: string, levels: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfText(json, at);
    else if (code === BRACKET.open || code === BRACE.open) depth++;
    else if (code === BRACKET.close || code === BRACE.close) depth--;
    if (depth > levels) return true;
  }
  return false;
}

/** Where the closing quote is; the end where there is none. */
function endOfText(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === BACKSLASH) at++;
    else if (code === QUOTE) return at;
  }
  return json.length;
}
