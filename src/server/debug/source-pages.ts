import type { Handler } from '../http/router.ts';
import type { DebugContext } from './debug-context.ts';

/**
 * `/debug/clusterz`: the clusters of the mesh, as istiod lists them; beyond that, for how long one that was part of the mesh has not been heard
 * of, and what is wrong with its kubeconfig.
 */
export function clusterz(context: DebugContext): Handler {
  return () => ({
    kind: 'json',
    value: context.clusters().map(({ id, secretName, syncStatus, ageMs, fault }) => ({
      id,
      ...(secretName !== undefined && { secretName }),
      syncStatus,
      ...(ageMs > 0 && { silentSeconds: Math.round(ageMs / 1000) }),
      ...(fault !== undefined && { because: fault }),
    })),
  });
}

/** `/debug/sourcez`: how each kind of the cluster is followed, how many objects are held, and when the API server last spoke of it. */
export function sourcez(context: DebugContext): Handler {
  return () => ({
    kind: 'json',
    value: context.watchedKinds().map(({ kind, state, objects, heardAtMs }) => ({
      kind,
      state: state.kind,
      objects,
      ...(heardAtMs !== undefined && { lastHeard: new Date(heardAtMs).toISOString() }),
      ...('message' in state && { because: state.message }),
    })),
  });
}

/** `/debug/inject`: what pods are injected by, where that comes from, and why it is not what is written there now. */
export function inject(context: DebugContext): Handler {
  return () => ({ kind: 'json', value: context.injection?.() ?? {} });
}
