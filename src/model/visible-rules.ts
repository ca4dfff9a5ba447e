import type { VirtualService } from './virtual-service.ts';
import { MESH_GATEWAY } from './virtual-service.ts';
import { isVisibleFrom } from './visibility.ts';

const byQuestion = new WeakMap<readonly VirtualService[], Map<string, readonly VirtualService[]>>();

/**
 * VirtualServices bound to `gateway` that `namespace` may see, in the order in which they are tried: private ones of the namespace, ones
 * exported to it by name, public ones; each in creation order.
 * @see istio pilot/pkg/model/push_context.go `VirtualServicesForGateway`
 */
export function listVisibleVirtualServices(
  all: readonly VirtualService[],
  gateway: string,
  namespace: string,
): readonly VirtualService[] {
  const answers = byQuestion.get(all) ?? new Map<string, readonly VirtualService[]>();
  byQuestion.set(all, answers);
  const question = `${gateway} ${namespace}`;
  const known = answers.get(question);
  if (known !== undefined) return known;
  const bound = listBound(all, gateway).filter((vs) => isVisibleFrom(vs.visibility, vs.meta.namespace, namespace));
  const answer = [
    ...bound.filter((vs) => vs.visibility.kind === 'private'),
    ...bound.filter((vs) => vs.visibility.kind === 'namespaces'),
    ...bound.filter((vs) => vs.visibility.kind === 'public'),
  ];
  answers.set(question, answer);
  return answer;
}

const boundOf = new WeakMap<readonly VirtualService[], ReadonlyMap<string, readonly VirtualService[]>>();

// Indexed once for all gateways: a mesh may have thousands of rules and hundreds of gateways.
function listBound(all: readonly VirtualService[], gateway: string): readonly VirtualService[] {
  const known = boundOf.get(all) ?? indexByGateway(all);
  boundOf.set(all, known);
  return known.get(gateway) ?? [];
}

function indexByGateway(all: readonly VirtualService[]): ReadonlyMap<string, readonly VirtualService[]> {
  const index = new Map<string, VirtualService[]>();
  for (const vs of all) {
    if (vs.hosts.length === 0) continue; // a delegate acts only through its root
    for (const gateway of new Set(vs.gateways)) {
      const list = index.get(gateway);
      if (list) list.push(vs);
      else index.set(gateway, [vs]);
    }
  }
  return index;
}

/** VirtualServices that sidecars of `namespace` may see. */
export function listMeshVirtualServices(all: readonly VirtualService[], namespace: string): readonly VirtualService[] {
  return listVisibleVirtualServices(all, MESH_GATEWAY, namespace);
}
