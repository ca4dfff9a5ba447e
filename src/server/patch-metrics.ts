import type { PatchTarget } from '../model/envoy-filter.ts';
import { gauge } from '../kit/metrics.ts';
import type { PatchStatus } from './views/patch-status.ts';

const envoyFilterStatus = gauge({
  name: 'pilot_envoy_filter_status',
  help: 'Always 1; the labels say which EnvoyFilter changed something of which kind, or could not.',
  labels: ['name', 'patch', 'result'],
});

/** Istio's words for what a patch changes. @see istio pilot/pkg/networking/core/envoyfilter/monitoring.go */
const PATCHES = {
  LISTENER: 'listener',
  LISTENER_FILTER: 'listenerfilter',
  FILTER_CHAIN: 'filterchain',
  NETWORK_FILTER: 'networkfilter',
  HTTP_FILTER: 'httpfilter',
  ROUTE_CONFIGURATION: 'route',
  HTTP_ROUTE: 'route',
  VIRTUAL_HOST: 'vhost',
  CLUSTER: 'cluster',
  EXTENSION_CONFIG: 'extensionconfig',
  BOOTSTRAP: 'bootstrap',
} as const satisfies Record<PatchTarget, string>;

interface StatusLabels {
  readonly name: string;
  readonly patch: string;
  readonly result: 'applied' | 'error';
}

let shown = new Map<string, StatusLabels>();

/** Shows what became of the patches that proxies have now, and nothing of those that they had. */
export function showPatchStatus(status: readonly PatchStatus[]): void {
  const labels = status.map(({ patch: { filter, target }, result }) => ({
    name: filter.slice(filter.indexOf('/') + 1),
    patch: PATCHES[target],
    result: result === 'applied' ? ('applied' as const) : ('error' as const),
  }));
  const next = new Map(labels.map((label) => [JSON.stringify(label), label]));
  for (const [key, label] of shown) if (!next.has(key)) envoyFilterStatus.remove(label);
  for (const label of next.values()) envoyFilterStatus.set(1, label);
  shown = next;
}
