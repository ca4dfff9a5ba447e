import { changeContainer, findInPod, listContainers } from './containers.ts';
import { type JsonObject, isJsonObject, objectAt, textAt } from './json.ts';
import { CONTAINER } from './names.ts';

const OWN: readonly string[] = [CONTAINER.proxy, CONTAINER.init, CONTAINER.validation];

/**
 * Forgets the user of a proxy that its author did not choose: OpenShift gives all containers of a pod the same one, and a proxy with the
 * application's would have its own traffic captured.
 *
 * @see istio pkg/kube/inject/webhook.go `isSidecarUserMatchingAppUser`
 */
export function clearSharedUser(pod: JsonObject): JsonObject {
  const proxy = findInPod(pod, CONTAINER.proxy);
  if (!isJsonObject(proxy?.securityContext)) return pod;
  const all = [...listContainers(pod, 'containers'), ...listContainers(pod, 'initContainers')];
  const userOf = (container: JsonObject) => objectAt(container, 'securityContext').runAsUser;
  const users = all.filter((container) => !OWN.includes(textAt(container, 'name'))).map(userOf);
  const applicationUser = users.findLast((user) => user !== undefined) ?? 0;
  if ((userOf(proxy) ?? 0) !== applicationUser) return pod;
  return changeContainer(pod, CONTAINER.proxy, (container) => {
    const { runAsUser: _, runAsGroup: __, ...securityContext } = objectAt(container, 'securityContext');
    return { ...container, securityContext };
  });
}
