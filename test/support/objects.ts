import { DEFAULT_CONTEXT } from '../../src/config/context.ts';
import { parseObject } from '../../src/config/parse-object.ts';
import type { ParsedObject } from '../../src/config/parsed-object.ts';
import { readDocuments } from '../../src/config/read/read-documents.ts';
import { keyOf } from '../../src/model/object.ts';
import type { ObjectChange } from '../../src/discovery/registry/object-change.ts';

/** The objects of a YAML text that is right; throws what is wrong with it. */
export function readObjects(yaml: string): readonly ParsedObject[] {
  return readDocuments(yaml, 'test.yaml').map((document) => {
    const { object, issues } = parseObject(document, DEFAULT_CONTEXT);
    if (object === undefined) throw new Error(issues.map(({ message }) => message).join('\n'));
    return object;
  });
}

/** The one object of a kind in a YAML text. */
export function readObject<K extends ParsedObject['kind']>(
  kind: K,
  yaml: string,
): Extract<ParsedObject, { readonly kind: K }>['value'] {
  const object = readObjects(yaml).find((found) => isOfKind(found, kind));
  if (object === undefined || !isOfKind(object, kind)) throw new Error(`no ${kind} in the text`);
  return object.value;
}

function isOfKind<K extends ParsedObject['kind']>(
  object: ParsedObject,
  kind: K,
): object is Extract<ParsedObject, { readonly kind: K }> {
  return object.kind === kind;
}

/** The changes that make `before` into `after`: objects are told apart by their keys. */
export function toChanges(before: readonly ParsedObject[], after: readonly ParsedObject[]): readonly ObjectChange[] {
  const old = new Map(before.map((object) => [keyOf(object.meta), object]));
  const now = new Map(after.map((object) => [keyOf(object.meta), object]));
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) => {
    const was = old.get(key);
    const is = now.get(key);
    return was === is ? [] : [{ key, ...(was && { before: was }), ...(is && { after: is }) }];
  });
}
