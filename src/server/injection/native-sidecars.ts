/** Whether proxies are init containers that go on running: `ENABLE_NATIVE_SIDECARS`. */
export type NativeSidecars = 'auto' | 'true' | 'false';

/** The first kubelet whose native sidecars are not in beta any more. */
const FIRST = { major: 1, minor: 33 };

/** Nodes, and which of them are too old for native sidecars. Asked about for every pod, so it is worked out when nodes change. */
export class NodeAges {
  readonly #known = new Set<string>();
  readonly #old = new Set<string>();

  /** @param version Of its kubelet, `v1.33.1`; `undefined` when the node is gone. */
  note(node: string, version: string | undefined): void {
    this.#known.delete(node);
    this.#old.delete(node);
    if (version === undefined) return;
    this.#known.add(node);
    if (!isRecent(version)) this.#old.add(node);
  }

  /** Whether a pod that is bound to this node, or to none yet, starts on a node that is recent. */
  isRecentFor(nodeName: string): boolean {
    return this.#known.has(nodeName) ? !this.#old.has(nodeName) : this.#old.size === 0;
  }
}

/**
 * Whether a pod can have a native sidecar: the node it is bound to has to know them, or, where that is not settled, every node.
 *
 * @param nodes `undefined` where nodes are not known at all.
 * @see istio pkg/kube/inject/inject.go `DetectNativeSidecar`
 */
export function canBeNative(wish: NativeSidecars, nodeName: string, nodes: NodeAges | undefined): boolean {
  return wish === 'auto' ? (nodes?.isRecentFor(nodeName) ?? false) : wish === 'true';
}

/** A version that nobody understands is no reason to do what may fail. */
function isRecent(version: string): boolean {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return false;
  return Number(major) > FIRST.major || (Number(major) === FIRST.major && Number(minor) >= FIRST.minor);
}
