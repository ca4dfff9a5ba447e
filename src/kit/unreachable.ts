/**
 * Ends a `switch` over a union: a kind nobody handles does not compile, and throws should it come at run time.
 */
export function unreachable(value: never): never {
  throw new TypeError(`unhandled case: ${JSON.stringify(value)}`);
}
