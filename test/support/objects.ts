import { DEFAULT_CONTEXT } from '../../src/config/context.ts';
import { parseObject } from '../../src/config/parse-object.ts';
import type { KindName, KindValues, ParsedObject } from '../../src/config/parsed-object.ts';
import { readDocuments } from '../../src/config/read/read-documents.ts';
import type { ObjectChange } from '../../src/discovery/registry/object-change.ts';
import { keyOf } from '../../src/model/object.ts';

/** The objects of a YAML text that is right, of another cluster if one is named; throws what is wrong with it. */
export function readObjects(yaml: string, cluster?: string): readonly ParsedObject[] {
  const context = { ...DEFAULT_CONTEXT, ...(cluster !== undefined && { cluster }) };
  return readDocuments(yaml, 'test.yaml').map((document) => {
    const { object, issues } = parseObject(document, context);
    if (object === undefined) throw new Error(issues.map(({ message }) => message).join('\n'));
    return object;
  });
}

/** The one object of a kind in a YAML text. */
export function readObject<K extends KindName>(kind: K, yaml: string): KindValues[K] {
  const found = readObjects(yaml).flatMap((object) => (object.kind === kind ? [object.value] : []));
  const [value] = found;
  if (value === undefined || found.length > 1) throw new Error(`${found.length} objects of kind ${kind} in the text`);
  // A kind determines its value, which TypeScript cannot follow through a parameter.
  return value as KindValues[K];
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
