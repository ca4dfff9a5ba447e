import { isJsonList, isJsonObject, type Json } from '../json.ts';

/**
 * Adds a network to those that a pod asks Multus for, written as a list of names or as JSON; its notation and what stands there stay.
 * @param network `namespace/name`, or a name.
 * @see istio pkg/kube/inject/template.go `appendMultusNetwork`
 */
export function appendNetwork(existing: string, network: string): string {
  if (existing === '') return network;
  const end = existing.lastIndexOf(']');
  if (end >= 0) return appendToJson(existing, end, network);
  const isListed = existing.split(',').some((one) => one.trim() === network);
  return isListed ? existing : `${existing}, ${network}`;
}

function appendToJson(existing: string, end: number, network: string): string {
  const networks = parse(existing);
  if (networks === undefined) return existing;
  const [first = '', ...rest] = network.split('/');
  const [namespace, name] = rest.length > 0 ? [first, rest.join('/')] : ['', first];
  const isListed = networks.some(
    (one) => isJsonObject(one) && one.name === name && (one.namespace ?? '') === namespace,
  );
  if (isListed) return existing;
  const place = namespace === '' ? '' : `, "namespace": ${JSON.stringify(namespace)}`;
  return `${existing.slice(0, end)}, {"name": ${JSON.stringify(name)}${place}}${existing.slice(end)}`;
}

function parse(text: string): readonly Json[] | undefined {
  try {
    const value: Json = JSON.parse(text);
    return isJsonList(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
