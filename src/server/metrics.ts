import { counter, gauge, histogram } from '../kit/metrics.ts';

/*
 * Operators' dashboards hold these names: renaming one is a breaking change.
 * Source: Istio pilot/pkg/xds/monitoring.go, pilot/pkg/bootstrap/monitoring.go, pilot/pkg/serviceregistry, buckets included.
 */

/** Services in the mesh. */
export const services = gauge({ name: 'pilot_services', help: 'Services known to the control plane.' });

/** VirtualServices in the mesh. */
export const virtualServices = gauge({
  name: 'pilot_virt_services',
  help: 'VirtualServices known to the control plane.',
});

/** What kinds of changes came in. */
export const inboundUpdates = counter({
  name: 'pilot_inbound_updates',
  help: 'Changes that sources told, by what they concern.',
  labels: ['type'],
});

/** What pushes were made for. */
export const pushTriggers = counter({
  name: 'pilot_push_triggers',
  help: 'Pushes to all proxies, by what caused them.',
  labels: ['type'],
});

/** From a change to its push. */
export const debounceTime = histogram({
  name: 'pilot_debounce_time',
  help: 'Seconds from the first change until it is pushed with what followed it.',
  buckets: [0.01, 0.1, 0.5, 1, 3, 5, 10, 20, 30],
});

/** This build. */
export const buildInfo = gauge({
  name: 'istio_build',
  help: 'Always 1; the labels say what runs.',
  labels: ['component', 'tag'],
});

/** The same as istiod says it. */
export const pilotInfo = gauge({
  name: 'pilot_info',
  help: 'Always 1; the label says the version.',
  labels: ['version'],
});

/** How long it runs. */
export const uptime = gauge({ name: 'istiod_uptime_seconds', help: 'Seconds since the control plane started.' });
