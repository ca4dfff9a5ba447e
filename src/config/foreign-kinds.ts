/** Kinds without a definition here that keep callers out. */
const DENYING: readonly string[] = ['AuthorizationPolicy', 'RequestAuthentication'];

/** Kinds that would shape the mesh if they had a definition here, by group. */
const UNSUPPORTED: Readonly<Record<string, readonly string[]>> = {
  'security.istio.io': DENYING,
  'telemetry.istio.io': ['Telemetry'],
  'extensions.istio.io': ['WasmPlugin', 'TrafficExtension'],
  'install.istio.io': ['IstioOperator'],
  'networking.k8s.io': ['Ingress', 'IngressClass'],
};

/** Kubernetes' core kinds that a mesh does not read; anything else in that group is a slip of the pen. */
// biome-ignore format: a list to look things up in
const CORE_KINDS: ReadonlySet<string> = new Set([
  'Binding', 'ComponentStatus', 'Endpoints', 'Event', 'LimitRange', 'PersistentVolume', 'PersistentVolumeClaim',
  'PodTemplate', 'ReplicationController', 'ResourceQuota', 'ServiceAccount',
]);

/**
 * What an object is whose kind has no definition: `unsupported` would shape the mesh if we knew how, `ignored` never does.
 * `undefined` when its group holds no such kind, which is a mistake of its author.
 */
export function findForeignKind(group: string, kind: string): 'unsupported' | 'ignored' | undefined {
  if (UNSUPPORTED[group]?.includes(kind)) return 'unsupported';
  if (group.startsWith('gateway.networking.')) return 'unsupported';
  if (group === '') return CORE_KINDS.has(kind) ? 'ignored' : undefined;
  // Deployments, Roles and the like lie beside the mesh's objects in everybody's folders.
  return group.endsWith('istio.io') ? undefined : 'ignored';
}

/** What a kind that is `unsupported` means for its author: who wrote one that denies counts on it. */
export function describeUnsupported(group: string, kind: string): string {
  const isDenying = group === 'security.istio.io' && DENYING.includes(kind);
  return `${kind} of ${group} is not acted on yet${isDenying ? ': requests that it would deny are let through' : ''}`;
}
