import type { ProxyConfigOverride } from '../../model/proxy-config-override.ts';
import { defineKind } from '../define-kind.ts';
import { LABELS, checkLabelKeys } from '../parts/workload-selector.ts';
import { present } from '../present.ts';
import { mapOf, object, text, whole } from '../schema/fields.ts';

const PROXY_CONFIG_SPEC = object('Settings of proxies that replace those of the mesh.', {
  required: {},
  optional: {
    selector: object('Picks workloads of the same namespace.', { required: {}, optional: { matchLabels: LABELS } }),
    concurrency: whole('Worker threads; 0 is one a core.', { minimum: 0 }),
    environmentVariables: mapOf(
      'Environment of the proxy, added to what the mesh sets; a name that is in both has the value here.',
      text('Value.'),
    ),
    image: object('Image of the proxy.', { required: {}, optional: { imageType: text('Variant of the image.') } }),
  },
});

/** Istio's ProxyConfig. */
export const proxyConfig = defineKind({
  group: 'networking.istio.io',
  kind: 'ProxyConfig',
  plural: 'proxyconfigs',
  versions: ['v1beta1'],
  scope: 'namespaced',
  affects: ['listener', 'cluster', 'route'],
  description: 'Settings of proxies that replace those of the mesh.',
  shortNames: [],
  columns: [],
  spec: PROXY_CONFIG_SPEC,
  check({ selector }, at, input) {
    const place = at.to('selector');
    const labels = selector?.matchLabels ?? {};
    checkLabelKeys(labels, place.to('matchLabels'), input);
    if (selector !== undefined && Object.keys(labels).length === 0)
      input.report.add('PC_SELECTOR_EMPTY', place, `${place} has no labels, so it picks no workload`);
  },
  parse: ({ selector, concurrency, environmentVariables = {}, image }, { meta }): ProxyConfigOverride => ({
    meta,
    environment: environmentVariables,
    ...present({
      selector: selector && (selector.matchLabels ?? {}),
      concurrency,
      imageType: image?.imageType || undefined,
    }),
  }),
});
