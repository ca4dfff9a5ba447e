/** How the fields below one object merge: lists of objects by a key, lists of plain values as sets; every other list is replaced. */
export interface MergeShape {
  /** Lists of objects, and the field that tells their elements apart. */
  readonly lists?: Readonly<Record<string, { readonly key: string; readonly element: MergeShape }>>;
  /** Lists of plain values that come together. */
  readonly sets?: readonly string[];
  readonly objects?: Readonly<Record<string, MergeShape>>;
}

const PLAIN: MergeShape = {};

const CONTAINER: MergeShape = {
  lists: {
    ports: { key: 'containerPort', element: PLAIN },
    env: { key: 'name', element: PLAIN },
    volumeMounts: { key: 'mountPath', element: PLAIN },
    volumeDevices: { key: 'devicePath', element: PLAIN },
  },
};

/**
 * How two pods merge.
 * @see kubernetes staging/src/k8s.io/api/core/v1/types.go, tags `patchStrategy` and `patchMergeKey`
 */
export const POD_SHAPE: MergeShape = {
  objects: {
    metadata: { lists: { ownerReferences: { key: 'uid', element: PLAIN } }, sets: ['finalizers'] },
    spec: {
      lists: {
        volumes: { key: 'name', element: PLAIN },
        initContainers: { key: 'name', element: CONTAINER },
        containers: { key: 'name', element: CONTAINER },
        ephemeralContainers: { key: 'name', element: CONTAINER },
        imagePullSecrets: { key: 'name', element: PLAIN },
        hostAliases: { key: 'ip', element: PLAIN },
        topologySpreadConstraints: { key: 'topologyKey', element: PLAIN },
        schedulingGates: { key: 'name', element: PLAIN },
        resourceClaims: { key: 'name', element: PLAIN },
      },
    },
    status: {
      lists: {
        conditions: { key: 'type', element: PLAIN },
        hostIPs: { key: 'ip', element: PLAIN },
        podIPs: { key: 'ip', element: PLAIN },
        resourceClaimStatuses: { key: 'name', element: PLAIN },
      },
    },
  },
};
