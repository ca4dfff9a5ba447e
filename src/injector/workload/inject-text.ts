import { dump } from 'js-yaml';
import { parseYaml } from '../../config/read/yaml.ts';
import { isJsonObject, type JsonObject, listAt, textAt } from '../json.ts';
import { injectFault } from '../fault.ts';
import { findPod, type PlacedPod, replacePod } from './pod-place.ts';
import { splitDocuments } from './split-documents.ts';

/** What becomes of one pod: it, injected; or why it stays as it is, as the end of a sentence. */
export type PodInjector = (placed: PlacedPod) => JsonObject | string;

/** A text with its pods injected, and what is to be told of it. */
export interface InjectedText {
  readonly text: string;
  readonly remarks: readonly string[];
}

/**
 * Injects every pod of a text of YAML or JSON documents. Documents that hold none, and pods that are left alone, stay as they are, byte by byte.
 *
 * @throws Fault `INJECT_POD_REFUSED` for a document that cannot be read, and what `inject` throws.
 * @see istio pkg/kube/inject/inject.go `IntoResourceFile`
 */
export function injectText(text: string, inject: PodInjector): InjectedText {
  const remarks: string[] = [];
  const documents = splitDocuments(text).map((document, index) => {
    const read = parseYaml(document);
    if (read.kind === 'broken')
      throw injectFault(
        'INJECT_POD_REFUSED',
        `document ${index + 1} cannot be read: line ${read.place.line}: ${read.reason}`,
      );
    if (read.kind === 'empty' || !isJsonObject(read.value)) return document;
    const object = injectObject(read.value, inject, remarks);
    return object === read.value ? document : dump(object, { lineWidth: -1, noRefs: true });
  });
  return { text: documents.map((document) => `${document.trimEnd()}\n---\n`).join(''), remarks };
}

/** The identical object when nothing of it is injected. */
function injectObject(object: JsonObject, inject: PodInjector, remarks: string[]): JsonObject {
  if (object.kind === 'List') {
    const items = listAt(object, 'items');
    const injected = items.map((item) => injectObject(item, inject, remarks));
    return injected.every((item, i) => item === items[i]) ? object : { ...object, items: injected };
  }
  const placed = findPod(object);
  if (placed === undefined) return object;
  const result = inject(placed);
  if (typeof result !== 'string') return replacePod(object, result);
  remarks.push(`===> Skipping injection because ${nameOf(object)} ${result}`);
  return object;
}

function nameOf(object: JsonObject): string {
  const name = textAt(object, 'metadata', 'name') || textAt(object, 'metadata', 'generateName');
  return `${textAt(object, 'kind')} "${textAt(object, 'metadata', 'namespace')}/${name}"`;
}
