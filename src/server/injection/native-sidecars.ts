/** Whether proxies are init containers that go on running: `ENABLE_NATIVE_SIDECARS`. */
export type NativeSidecars = 'auto' | 'true' | 'false';

/** The first kubelet whose native sidecars are not in beta any more. */
const FIRST = { major: 1, minor: 33 };

/**
 * Whether a pod can have a native sidecar: the node it is bound to has to know them, or, where that is not settled, every node.
 *
 * @param nodes Kubelets' versions by node, `v1.33.1`; `undefined` where nodes are not known at all.
 * @see istio pkg/kube/inject/inject.go `DetectNativeSidecar`
 */
export function canBeNative(
  wish: NativeSidecars,
  nodeName: string,
  nodes: ReadonlyMap<string, string> | undefined,
): boolean {
  if (wish !== 'auto') return wish === 'true';
  if (nodes === undefined) return false;
  const own = nodes.get(nodeName);
  if (own !== undefined) return isRecent(own);
  for (const version of nodes.values()) if (!isRecent(version)) return false;
  return true;
}

/** A version that nobody understands is no reason to do what may fail. */
function isRecent(version: string): boolean {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > FIRST.major || (Number(major) === FIRST.major && Number(minor) >= FIRST.minor);
}
