import { isJsonObject, type JsonObject } from '../json.ts';

/** The object that an annotation spells out; an empty one where it spells out none. */
export function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
