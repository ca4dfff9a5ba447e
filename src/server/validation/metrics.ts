import { counter } from '../../kit/metrics.ts';

/* Operators' dashboards hold these names. Source: Istio pkg/webhooks/validation/server/monitoring.go, pkg/webhooks/validation/controller/monitoring.go. */

/** Objects that were let through. */
export const passed = counter({
  name: 'galley_validation_passed',
  help: 'Objects that the validating webhook let through.',
  labels: ['group', 'version', 'resource'],
});

/** Objects that were not. */
export const failed = counter({
  name: 'galley_validation_failed',
  help: 'Objects that the validating webhook refused, by why.',
  labels: ['group', 'version', 'resource', 'reason'],
});

/** Requests that were none. */
export const httpErrors = counter({
  name: 'galley_validation_http_error',
  help: 'Requests to the validating webhook that were no admission reviews.',
  labels: ['status'],
});
