import { findContainer, listContainers, withContainers } from '../containers.ts';
import { type JsonObject, textAt } from '../json.ts';
import { CONTAINER } from '../names.ts';

/**
 * Puts a pod's containers in order.
 *
 * Beside the application, the proxy comes last, so that tools which take the first container take the application's; where the application
 * waits for it, first. Capture is set up after the pod's own init containers, which would lose the network otherwise, unless the proxy runs
 * among them: then before all, and they are in the mesh.
 *
 * @see istio pkg/kube/inject/webhook.go `reorderPod`
 */
export function orderContainers(pod: JsonObject, holdsApplication: boolean): JsonObject {
  const move = holdsApplication ? moveFirst : moveLast;
  const containers = move(listContainers(pod, 'containers'), CONTAINER.proxy);
  const inits = listContainers(pod, 'initContainers');
  const isNative = findContainer(inits, CONTAINER.proxy) !== undefined;
  const ordered = isNative ? orderNative(inits) : orderClassic(inits);
  return withContainers(withContainers(pod, 'containers', containers), 'initContainers', ordered);
}

type Containers = readonly JsonObject[];

function orderNative(inits: Containers): Containers {
  const order = [CONTAINER.coreDump, CONTAINER.proxy, CONTAINER.validation, CONTAINER.init];
  return order.reduce(moveFirst, inits);
}

function orderClassic(inits: Containers): Containers {
  return [CONTAINER.init, CONTAINER.coreDump].reduce(moveLast, moveFirst(inits, CONTAINER.validation));
}

function moveFirst(containers: Containers, name: string): Containers {
  const container = findContainer(containers, name);
  return container === undefined ? containers : [container, ...without(containers, name)];
}

function moveLast(containers: Containers, name: string): Containers {
  const container = findContainer(containers, name);
  return container === undefined ? containers : [...without(containers, name), container];
}

function without(containers: Containers, name: string): Containers {
  return containers.filter((container) => textAt(container, 'name') !== name);
}
