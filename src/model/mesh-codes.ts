import type { Severity } from './issue.ts';

/**
 * Codes of issues that no single object shows by itself: they are about several objects, or about the place where objects are read from.
 * Stable, and listed in `docs/errors.md` like all others.
 */
export const MESH_CODES = {
  DIRECTORY_MISSING: {
    severity: 'warning',
    meaning: 'The directory is not there; what was read from it stays in force until it is.',
  },
  DR_HOST_UNKNOWN: {
    severity: 'warning',
    meaning: 'No service that clients of a DestinationRule can see has its host, so it governs nothing.',
  },
  DR_SUBSET_EMPTY: {
    severity: 'warning',
    meaning: 'A subset has no endpoint, though its service has some: requests to it get 503.',
  },
  DUPLICATE_OBJECT: { severity: 'error', meaning: 'The object is declared in two places, of which the first counts.' },
  EXPORTED_NOWHERE: { severity: 'warning', meaning: 'Nobody sees the object, because its exportTo is "~".' },
  FILE_EMPTY: { severity: 'warning', meaning: 'A file holds no object.' },
  FILE_UNREADABLE: {
    severity: 'error',
    meaning: 'A file or directory cannot be read; its objects stay in force as they were.',
  },
  KIND_FORBIDDEN: {
    severity: 'error',
    meaning: 'The API server does not allow to read a kind: the mesh is served without it until it does.',
  },
  SELECTION_TAKEN: {
    severity: 'warning',
    meaning: 'An older object of the kind is for the same workloads, of which each has one only.',
  },
  SELECTOR_IN_ROOT: {
    severity: 'warning',
    meaning: 'A PeerAuthentication of the root namespace selects workloads, which it cannot there: it is for nobody.',
  },
  SELECTOR_WITHOUT_WORKLOAD: {
    severity: 'info',
    meaning: 'No Pod, WorkloadEntry or connected proxy has the labels that the object selects.',
  },
  VS_DELEGATE_CONFLICT: {
    severity: 'warning',
    meaning: 'A rule of a delegate contradicts the rule that refers to it, and is left out.',
  },
  VS_DELEGATE_NESTED: { severity: 'warning', meaning: 'A delegate refers to another delegate, which is not followed.' },
  VS_DELEGATE_NOT_EXPORTED: {
    severity: 'warning',
    meaning: 'The delegate is not exported to the namespace of the rule that refers to it.',
  },
  VS_DELEGATE_UNKNOWN: { severity: 'warning', meaning: 'The delegate that a rule refers to does not exist.' },
  VS_DELEGATE_UNUSED: {
    severity: 'warning',
    meaning: 'A VirtualService without hosts acts through others only, and none delegates to it.',
  },
  VS_GATEWAY_UNKNOWN: { severity: 'warning', meaning: 'A Gateway that a VirtualService is bound to does not exist.' },
  VS_GATEWAY_WAITING: {
    severity: 'info',
    meaning: 'The Gateways that a VirtualService is bound to are for nobody who is known.',
  },
  VS_HOST_UNKNOWN: {
    severity: 'warning',
    meaning:
      'A host of a VirtualService is no service of the mesh, and no Gateway of the rule serves it: sidecars serve it on port 80 alone, and only if some service has that port.',
  },
  WE_WITHOUT_SERVICE: {
    severity: 'info',
    meaning: 'No Service or ServiceEntry selects a WorkloadEntry, so nobody calls it.',
  },
} as const satisfies Readonly<Record<string, { readonly severity: Severity; readonly meaning: string }>>;
