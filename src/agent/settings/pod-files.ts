import { readFile } from 'node:fs/promises';

/**
 * The labels or annotations of this pod, as the downward API writes them into a file: `key="value"` a line, values quoted as Go quotes them.
 * Empty where there is no such file.
 */
export async function readPodFile(file: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return parsePodFile(text);
}

/** Lines that are none are left out. */
export function parsePodFile(text: string): Readonly<Record<string, string>> {
  const entries = text.split('\n').flatMap((line) => {
    const match = /^([^=]+)=("(?:[^"\\]|\\.)*")\s*$/.exec(line);
    const value = match?.[2] === undefined ? undefined : unquote(match[2]);
    return match?.[1] === undefined || value === undefined ? [] : [[match[1], value] as const];
  });
  return Object.fromEntries(entries);
}

/** Go's escapes are JSON's, but for some that JSON writes otherwise. */
function unquote(text: string): string | undefined {
  const json = text
    .replace(/\\x([0-9a-f]{2})/gi, '\\u00$1')
    .replace(/\\U([0-9a-f]{8})/gi, (_, hex: string) =>
      JSON.stringify(String.fromCodePoint(Number.parseInt(hex, 16))).slice(1, -1),
    )
    .replace(/\\a/g, '\\u0007')
    .replace(/\\v/g, '\\u000b');
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
