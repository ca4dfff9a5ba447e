import type { Handler } from '../http/router.ts';
import type { DebugContext } from './debug-context.ts';

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
