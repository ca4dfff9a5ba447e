import type { Json } from '../../json.ts';

/** What `toJson` gives is JSON; this tells the compiler. */
export function isJson(value: unknown): value is Json {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}
