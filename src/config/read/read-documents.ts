import { ConfigDocument } from './config-document.ts';
import { splitDocuments } from './split.ts';

const LIST_KIND = /["']?kind["']?\s*:\s*["']?\w*List\b/;

/**
 * Reads the objects of one file: YAML with any number of documents, JSON, or a JSON stream. Documents that hold nothing are left out,
 * and the items of a `List` come one by one. Nothing else is parsed yet, and nothing is thrown: a broken document says so when parsed.
 *
 * @param file The name that places of issues carry.
 */
export function readDocuments(text: string, file: string): readonly ConfigDocument[] {
  return splitDocuments(text).flatMap((chunk) => {
    const document = new ConfigDocument(file, chunk.line, chunk.text);
    return LIST_KIND.test(chunk.text) ? listItems(document) : [document];
  });
}

function listItems(document: ConfigDocument): readonly ConfigDocument[] {
  const parsed = document.parse();
  if (parsed.kind !== 'value' || !isList(parsed.value)) return [document];
  return parsed.value.items.map(
    (value, index) =>
      new ConfigDocument(document.file, document.line, document.text, { path: ['items', index], value }),
  );
}

function isList(value: unknown): value is { readonly items: readonly unknown[] } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'items' in value &&
    Array.isArray(value.items) &&
    'kind' in value &&
    /List$/.test(String(value.kind))
  );
}
