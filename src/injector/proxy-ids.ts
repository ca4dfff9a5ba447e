/** Who proxies run as where nothing else is set aside for the namespace. */
export const PROXY_ID = 1337;

const UID_RANGE = 'openshift.io/sa.scc.uid-range';
const GROUPS = 'openshift.io/sa.scc.supplemental-groups';

/**
 * The user and group of a namespace's proxies: the last ones of the ranges that OpenShift keeps for it, else {@link PROXY_ID}.
 * @see istio pkg/kube/inject/inject.go `GetProxyIDs`
 */
export function findProxyIds(annotations: Readonly<Record<string, string>>): {
  readonly uid: number;
  readonly gid: number;
} {
  const range = annotations[UID_RANGE];
  const groups = annotations[GROUPS] ?? range;
  const blocks = groups?.split(',').map(findLast) ?? [];
  const isSound = blocks.every((last) => last !== undefined);
  return { uid: findLast(range ?? '') ?? PROXY_ID, gid: (isSound ? blocks[0] : undefined) ?? PROXY_ID };
}

/** The last number of `start/size` or `start-end`. */
function findLast(block: string): number | undefined {
  const [, start, separator, end] = /^(\d+)([/-])(\d+)/.exec(block) ?? [];
  if (start === undefined || end === undefined) return undefined;
  return separator === '/' ? Number(start) + Number(end) - 1 : Number(end);
}
