import { KubeFault, kubeFault } from './fault.ts';
import { isKubeObject, isRecord, type KubeObject, readStatus } from './object.ts';

/** What a watch tells. A bookmark is no change: it says up to which version everything has been told. */
export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/**
 * Reads a line of a watch; `undefined` when it is none that is known.
 *
 * @throws Fault that a line of type `ERROR` tells: `KUBE_EXPIRED` when the version is too old. `KUBE_FAILED` when a line is no JSON.
 */
export function parseWatchEvent(line: string): WatchEvent | undefined {
  const event = parseJson(line);
  if (!isRecord(event)) return undefined;
  const { type, object } = event;
  if (type === 'ERROR') {
    const { code, reason, message } = readStatus(object) ?? { code: 500, reason: '', message: 'the watch failed' };
    throw kubeFault(code, reason, message);
  }
  if (type === 'BOOKMARK') {
    const metadata = isRecord(object) && isRecord(object.metadata) ? object.metadata : {};
    return { type, resourceVersion: typeof metadata.resourceVersion === 'string' ? metadata.resourceVersion : '' };
  }
  const isChange = type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED';
  return isChange && isKubeObject(object) ? { type, object } : undefined;
}

/** @throws Fault `KUBE_FAILED`. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KubeFault('KUBE_FAILED', 'the API server answered with something other than JSON', {
      status: 0,
      reason: '',
      cause,
    });
  }
}
