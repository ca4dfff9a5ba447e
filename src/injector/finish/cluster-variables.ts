import { changeContainer, withMetadata } from '../containers.ts';
import { type JsonObject, listAt, textAt } from '../json.ts';
import { CONTAINER, LABEL } from '../names.ts';

/** Stay at the end, wherever a later injection finds them. */
const LAST: readonly string[] = ['ISTIO_PROMETHEUS_ANNOTATIONS', 'ISTIO_KUBE_APP_PROBERS'];

/** Sets variables of the proxy by name, behind those of the template: in a cluster of its own, the webhook's address says where a pod is. */
export function setProxyVariables(pod: JsonObject, variables: Readonly<Record<string, string>>): JsonObject {
  const names = Object.keys(variables).sort();
  if (names.length === 0) return pod;
  return changeContainer(pod, CONTAINER.proxy, (proxy) => {
    const others = listAt(proxy, 'env').filter((one) => !names.includes(textAt(one, 'name')));
    const isLast = (one: JsonObject) => LAST.includes(textAt(one, 'name'));
    const set = names.map((name) => ({ name, ...(variables[name] !== '' && { value: variables[name] }) }));
    const env = [...others.filter((one) => !isLast(one)), ...set, ...others.filter(isLast)];
    return { ...proxy, env };
  });
}

/** Labels a pod with the network that it is in. */
export function labelNetwork(pod: JsonObject, network: string | undefined): JsonObject {
  return network === undefined ? pod : withMetadata(pod, 'labels', { [LABEL.network]: network });
}
