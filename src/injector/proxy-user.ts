import { changeContainer, findContainer, listContainers } from './containers.ts';
import { findText, isJsonList, type Json, type JsonObject, objectAt } from './json.ts';
import { ANNOTATION, CONTAINER } from './names.ts';
import { findOwnProxy } from './overrides.ts';

/**
 * Follows an author who has the proxy run as somebody else: what it sends is told apart by its user, so capture must know, and the check of a
 * CNI plugin runs as the proxy does. Taking connections with their original addresses needs root, whatever the author says.
 *
 * @see istio pkg/kube/inject/webhook.go `adjustInitContainerUser`
 */
export function followProxyUser(pod: JsonObject, original: JsonObject, proxyConfig: JsonObject): JsonObject {
  const { runAsUser, runAsGroup } = objectAt(findOwnProxy(original), 'securityContext');
  if (typeof runAsUser !== 'number' && typeof runAsGroup !== 'number') return pod;
  const inits = listContainers(pod, 'initContainers');
  const name = [CONTAINER.init, CONTAINER.validation].find((one) => findContainer(inits, one) !== undefined);
  if (name === undefined) return pod;
  const isTproxy =
    proxyConfig.interceptionMode === 'TPROXY' ||
    findText(pod, 'metadata', 'annotations', ANNOTATION.interceptionMode) === 'TPROXY';
  const isRoot = isTproxy && runAsUser !== undefined;
  const rooted = isRoot ? changeContainer(pod, CONTAINER.proxy, (proxy) => withUser(proxy, { runAsUser: 0 })) : pod;
  return changeContainer(rooted, name, (container) => {
    const user = !isTproxy && name === CONTAINER.validation ? { runAsUser, runAsGroup } : {};
    const followed = withUser(container, user);
    return typeof runAsUser === 'number' && runAsUser !== 0 ? withUserArgument(followed, runAsUser) : followed;
  });
}

function withUser(container: JsonObject, user: JsonObject): JsonObject {
  const set = Object.entries(user).filter(([, value]) => value !== undefined);
  if (set.length === 0) return container;
  return { ...container, securityContext: { ...objectAt(container, 'securityContext'), ...Object.fromEntries(set) } };
}

function withUserArgument(container: JsonObject, user: number): JsonObject {
  const args: readonly Json[] = isJsonList(container.args) ? container.args : [];
  const place = args.indexOf('-u');
  return place < 0 ? container : { ...container, args: args.with(place + 1, String(user)) };
}
