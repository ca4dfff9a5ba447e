import { toJson, type GoValue } from '../value.ts';

/** JSON as Go writes it: what means something in a page is escaped. */
export function printJson(value: GoValue, indent = 0): string {
  return escapeForPages(JSON.stringify(toJson(value), undefined, indent) ?? 'null');
}

/** Escapes what means something in a page, or ends a line of a script. */
export function escapeForPages(json: string): string {
  return json.replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
