import { listContainers } from '../containers.ts';
import { findText, isJsonList, isJsonObject, type Json, type JsonObject, listAt, textAt } from '../json.ts';
import { ANNOTATION } from '../names.ts';

/** What an injection added to a pod, as the pod's own annotation tells. */
export interface InjectionStatus {
  readonly initContainers: readonly string[];
  readonly containers: readonly string[];
}

/** What an earlier injection added; `undefined` where there was none, or its annotation cannot be read. */
export function findStatus(pod: JsonObject): InjectionStatus | undefined {
  const written = findText(pod, 'metadata', 'annotations', ANNOTATION.status);
  if (written === undefined) return undefined;
  try {
    const status: unknown = JSON.parse(written);
    if (!isJsonObject(status)) return undefined;
    return { initContainers: listNames(status.initContainers), containers: listNames(status.containers) };
  } catch {
    return undefined;
  }
}

function listNames(value: Json | undefined): readonly string[] {
  return isJsonList(value) ? value.filter((name) => typeof name === 'string') : [];
}

/**
 * Tells what the templates add to a pod. Tools read it, so order and `null` for "none" are Istio's.
 * @param templatePod What the templates make of an empty pod.
 */
export function printStatus(templatePod: JsonObject, revision: string): string {
  const names = (list: readonly JsonObject[]) => (list.length > 0 ? list.map((one) => textAt(one, 'name')) : null);
  return JSON.stringify({
    initContainers: names(listContainers(templatePod, 'initContainers')),
    containers: names(listContainers(templatePod, 'containers')),
    volumes: names(listAt(templatePod, 'spec', 'volumes')),
    imagePullSecrets: names(listAt(templatePod, 'spec', 'imagePullSecrets')),
    revision: revision || 'default',
  });
}
