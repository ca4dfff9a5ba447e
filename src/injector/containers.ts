import { type Json, type JsonObject, listAt, objectAt, textAt } from './json.ts';

/** The two lists of a pod's containers that injection touches. */
export type ContainerList = 'containers' | 'initContainers';

/** One of the lists of a pod's containers. */
export function listContainers(pod: JsonObject, list: ContainerList): readonly JsonObject[] {
  return listAt(pod, 'spec', list);
}

/** The container of that name; `undefined` where there is none. */
export function findContainer(containers: readonly JsonObject[], name: string): JsonObject | undefined {
  return containers.find((container) => textAt(container, 'name') === name);
}

/** The container of that name, among the pod's containers first. */
export function findInPod(pod: JsonObject, name: string): JsonObject | undefined {
  return (
    findContainer(listContainers(pod, 'containers'), name) ?? findContainer(listContainers(pod, 'initContainers'), name)
  );
}

/** `pod` with another list of containers. A list that is empty and was never there stays away. */
export function withContainers(pod: JsonObject, list: ContainerList, containers: readonly JsonObject[]): JsonObject {
  const spec = objectAt(pod, 'spec');
  if (spec[list] === undefined && containers.length === 0) return pod;
  return { ...pod, spec: { ...spec, [list]: containers } };
}

/** `pod` with each container as `change` makes it. */
export function mapContainers(pod: JsonObject, change: (container: JsonObject) => JsonObject): JsonObject {
  let result = pod;
  for (const list of ['containers', 'initContainers'] as const) {
    const containers = listContainers(pod, list);
    const changed = containers.map(change);
    if (changed.some((container, index) => container !== containers[index]))
      result = withContainers(result, list, changed);
  }
  return result;
}

/** `pod` with the proxy's container, wherever it is, as `change` makes it. */
export function changeContainer(
  pod: JsonObject,
  name: string,
  change: (container: JsonObject) => JsonObject,
): JsonObject {
  const target = findInPod(pod, name);
  return mapContainers(pod, (container) => (container === target ? change(container) : container));
}

/** `pod` with some of its annotations or labels set; `undefined` takes one away. */
export function withMetadata(
  pod: JsonObject,
  part: 'annotations' | 'labels',
  entries: Readonly<Record<string, string | undefined>>,
): JsonObject {
  const metadata = objectAt(pod, 'metadata');
  const result: Record<string, Json | undefined> = { ...objectAt(metadata, part) };
  for (const [key, value] of Object.entries(entries)) {
    if (value === undefined) delete result[key];
    else result[key] = value;
  }
  return { ...pod, metadata: { ...metadata, [part]: result } };
}

/** `pod` without the containers of those names. */
export function withoutContainers(pod: JsonObject, list: ContainerList, names: readonly string[]): JsonObject {
  const containers = listContainers(pod, list);
  return withContainers(
    pod,
    list,
    containers.filter((container) => !names.includes(textAt(container, 'name'))),
  );
}
