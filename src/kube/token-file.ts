import { readFile } from 'node:fs/promises';

/** Kubelets renew tokens long before they expire, so that one read a minute is enough. */
const FRESH_MS = 60_000;

/** Reads a token where it lies, and again once it may have been renewed. A file that is gone for a moment leaves the last token in use. */
export function createTokenFile(path: string, now: () => number = () => performance.now()): () => Promise<string> {
  let held: { readonly token: string; readonly readAt: number } | undefined;
  return async () => {
    if (held !== undefined && now() - held.readAt < FRESH_MS) return held.token;
    try {
      held = { token: (await readFile(path, 'utf8')).trim(), readAt: now() };
      return held.token;
    } catch (error) {
      if (held === undefined) throw error;
      return held.token;
    }
  };
}
