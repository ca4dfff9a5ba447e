import { createInterner, createPieceReader } from './pieces.ts';
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
  const bound = readBound(all).flatMap((byGateway) => byGateway.get(gateway) ?? []);
  const restricted = bound.flatMap((rules) => rules.restricted);
  const seen = restricted.filter((vs) => isVisibleFrom(vs.visibility, vs.meta.namespace, namespace));
  const answer = intern([
    ...seen.filter((vs) => vs.visibility.kind === 'private'),
    ...seen.filter((vs) => vs.visibility.kind === 'namespaces'),
    ...bound.flatMap((rules) => rules.public),
  ]);
  answers.set(question, answer);
  return answer;
}

const intern = createInterner<VirtualService>();

/** The VirtualServices of a piece that are bound to one gateway. */
interface Bound {
  readonly public: VirtualService[];
  readonly restricted: VirtualService[];
}

// Indexed once for all gateways, a piece at a time: a mesh may have thousands of rules and hundreds of gateways.
const readBound = createPieceReader((piece: readonly VirtualService[]): ReadonlyMap<string, Bound> => {
  const index = new Map<string, Bound>();
  for (const vs of piece) {
    if (vs.hosts.length === 0) continue; // a delegate acts only through its root
    for (const gateway of new Set(vs.gateways)) {
      const bound = index.get(gateway) ?? { public: [], restricted: [] };
      index.set(gateway, bound);
      if (vs.visibility.kind === 'public') bound.public.push(vs);
      else bound.restricted.push(vs);
    }
  }
  return index;
});

/** VirtualServices that sidecars of `namespace` may see. */
export function listMeshVirtualServices(all: readonly VirtualService[], namespace: string): readonly VirtualService[] {
  return listVisibleVirtualServices(all, MESH_GATEWAY, namespace);
}
