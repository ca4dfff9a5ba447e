import { readFileSync } from 'node:fs';

/** The version in `package.json`, which lies two folders up from the sources and from what is built of them. */
export function getProductVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new Error('package.json names no version');
}
