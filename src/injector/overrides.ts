import {
  type ContainerList,
  findContainer,
  findInPod,
  listContainers,
  withContainers,
  withMetadata,
} from './containers.ts';
import { injectFault } from './fault.ts';
import { findStatus } from './finish/status.ts';
import { findText, isJsonObject, type Json, type JsonObject, listAt, textAt } from './json.ts';
import { ANNOTATION, CONTAINER } from './names.ts';
import { overlayPod } from './overlay/strategic-merge.ts';

/** An image that stands for "the injector's": the API server wants one of every container. */
const AUTO_IMAGE = 'auto';

/** Containers as a pod's author wrote them, by name those that templates write as well. */
interface Overrides {
  readonly containers: readonly JsonObject[];
  readonly initContainers: readonly JsonObject[];
}

/** What an earlier injection kept of the author's containers. */
function findOverrides(pod: JsonObject): Overrides {
  const written = findText(pod, 'metadata', 'annotations', ANNOTATION.overrides);
  if (written === undefined) return { containers: [], initContainers: [] };
  try {
    const kept: Json = JSON.parse(written);
    if (isJsonObject(kept))
      return { containers: listAt(kept, 'containers'), initContainers: listAt(kept, 'initContainers') };
  } catch {
    // Falls through: it is no list of containers either way.
  }
  throw injectFault('INJECT_POD_REFUSED', `annotation ${ANNOTATION.overrides} is no list of containers`);
}

/** `pod` with its author's containers in it again, where an injection replaced them. */
export function reinsertOverrides(pod: JsonObject): JsonObject {
  const overrides = findOverrides(pod);
  let result = pod;
  for (const list of ['containers', 'initContainers'] as const) {
    const present = listContainers(result, list);
    const missing = overrides[list].filter((one) => findContainer(present, textAt(one, 'name')) === undefined);
    if (missing.length > 0) result = withContainers(result, list, [...present, ...missing]);
  }
  return result;
}

/**
 * Lays the author's own version of each container that the templates write over the templates', so that the author has the last word; at the
 * first injection it is kept in an annotation, from which later ones take it. Containers that an earlier injection added are nobody's own.
 *
 * @param merged The pod with the templates over it.
 * @param original The pod as it came.
 * @param templatePod What the templates make of an empty pod.
 * @see istio pkg/kube/inject/webhook.go `reapplyOverwrittenContainers`
 */
export function reapplyOverrides(merged: JsonObject, original: JsonObject, templatePod: JsonObject): JsonObject {
  const status = findStatus(original);
  const kept = findOverrides(original);
  const applied: Record<ContainerList, JsonObject[]> = { containers: [], initContainers: [] };
  let result = merged;
  for (const list of ['containers', 'initContainers'] as const) {
    for (const container of listContainers(templatePod, list)) {
      const name = textAt(container, 'name');
      const isInjected = status?.[list].includes(name) === true;
      const own = findContainer(kept[list], name) ?? (isInjected ? undefined : findOwn(original, list, name));
      if (own === undefined) continue;
      const override = withoutAutoImage(own);
      applied[list].push(override);
      result = overlayPod(result, { spec: { [list]: [override] } });
    }
  }
  const isFirst = findText(original, 'metadata', 'annotations', ANNOTATION.status) === undefined;
  return isFirst ? keep(result, applied) : result;
}

/** The proxy's container as the pod's author wrote it; `undefined` where only injection did. */
export function findOwnProxy(pod: JsonObject): JsonObject | undefined {
  const { containers, initContainers } = findOverrides(pod);
  const kept = findContainer([...containers, ...initContainers], CONTAINER.proxy);
  const status = findStatus(pod);
  const isInjected = [...(status?.containers ?? []), ...(status?.initContainers ?? [])].includes(CONTAINER.proxy);
  return kept ?? (isInjected ? undefined : findInPod(pod, CONTAINER.proxy));
}

function findOwn(original: JsonObject, list: ContainerList, name: string): JsonObject | undefined {
  // A proxy among the init containers may have been written among the others.
  return list === 'containers' ? findContainer(listContainers(original, list), name) : findInPod(original, name);
}

function withoutAutoImage(container: JsonObject): JsonObject {
  const { image, ...rest } = container;
  return image === AUTO_IMAGE || image === '' ? rest : container;
}

function keep(pod: JsonObject, { containers, initContainers }: Overrides): JsonObject {
  if (containers.length === 0 && initContainers.length === 0) return pod;
  const value = JSON.stringify({
    ...(containers.length > 0 && { containers }),
    ...(initContainers.length > 0 && { initContainers }),
  });
  return withMetadata(pod, 'annotations', { [ANNOTATION.overrides]: value });
}
