import type { ControlPlaneOptions } from '../../../src/server/control-plane.ts';

/** What the `discovery` command makes a control plane of, except for its sources. */
export const PLANE_OPTIONS = {
  namespace: 'istio-system',
  cluster: 'Kubernetes',
} as const satisfies Omit<ControlPlaneOptions, 'sources'>;
