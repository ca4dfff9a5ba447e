import type { EnvoyFilter } from '../../../model/envoy-filter.ts';
import { defineKind } from '../../define-kind.ts';
import { TARGET_REF, checkTargetRefs, parseTargetRef } from '../../parts/target-ref.ts';
import { WORKLOAD_SELECTOR, checkLabelKeys } from '../../parts/workload-selector.ts';
import { present } from '../../present.ts';
import { listOf, object, whole } from '../../schema/fields.ts';
import { checkPatch } from './check.ts';
import { PATCH, parsePatch } from './patch.ts';

const SPEC = object(
  "Changes of the Envoy configuration that the control plane generates; those of the root namespace are for every namespace's proxies.",
  {
    required: {},
    optional: {
      workloadSelector: { ...WORKLOAD_SELECTOR, absent: 'every workload' },
      targetRefs: listOf('Gateways whose proxies are meant.', TARGET_REF),
      configPatches: listOf('Patches, in the order in which they are applied.', PATCH),
      priority: whole('Filters of a lower number are applied first.', { absent: '0' }),
    },
  },
  { exclusive: [['workloadSelector', 'targetRefs']] },
);

/** Istio's EnvoyFilter. */
export const envoyFilter = defineKind({
  group: 'networking.istio.io',
  kind: 'EnvoyFilter',
  plural: 'envoyfilters',
  versions: ['v1alpha3'],
  scope: 'namespaced',
  affects: ['listener', 'route', 'cluster'],
  description: 'Changes of the Envoy configuration that the control plane generates.',
  shortNames: [],
  columns: [],
  spec: SPEC,

  check({ workloadSelector, targetRefs = [], configPatches = [] }, at, input) {
    input.report.add(
      'ENVOY_FILTER_INTERNAL',
      at,
      'what an EnvoyFilter changes is made by the control plane, and its next version may make it otherwise',
    );
    checkLabelKeys(workloadSelector?.labels, at.to('workloadSelector').to('labels'), input);
    checkTargetRefs(targetRefs, at.to('targetRefs'), input);
    for (const [index, patch] of configPatches.entries()) checkPatch(patch, at.to('configPatches').to(index), input);
  },

  parse({ workloadSelector, targetRefs = [], configPatches = [], priority = 0 }, { meta }): EnvoyFilter {
    const labels = workloadSelector?.labels ?? {};
    return {
      meta,
      targetRefs: targetRefs.map(parseTargetRef),
      priority,
      patches: configPatches.map((patch, index) => parsePatch(patch, index, meta)),
      ...present({ workloadSelector: Object.keys(labels).length > 0 ? labels : undefined }),
    };
  },
});
