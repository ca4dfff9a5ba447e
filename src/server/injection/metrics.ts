import { counter, gauge, histogram } from '../../kit/metrics.ts';

/* Operators' dashboards hold these names. Source: Istio pkg/kube/inject/monitoring.go. */

/** Everything that was asked. */
export const requests = counter({
  name: 'sidecar_injection_requests_total',
  help: 'Pods that the injecting webhook was asked about.',
});

/** Answers that let a pod pass, injected or not. */
export const successes = counter({
  name: 'sidecar_injection_success_total',
  help: 'Pods that were injected, or left as they are.',
});

/** Refusals. */
export const failures = counter({
  name: 'sidecar_injection_failure_total',
  help: 'Pods that should have been injected and could not be.',
});

/** Pods that need nothing. */
export const skips = counter({
  name: 'sidecar_injection_skip_total',
  help: 'Pods that were left as they are.',
});

/** How long an answer took. */
export const duration = histogram({
  name: 'sidecar_injection_time_seconds',
  help: 'Seconds to answer the injecting webhook.',
  buckets: [0.1, 1, 3, 5, 10, 20, 30, 60],
});

/** Whether what is written is what pods get. */
export const configValid = gauge({
  name: 'pilothouse_injection_config_valid',
  help: '1 while pods are injected as it is written now, 0 while that cannot be read and the last that could be stays.',
});
