import type { Static } from 'typebox';
import type { DestinationRule } from '../../model/destination-rule.ts';
import { resolveHost } from '../../model/host.ts';
import type { Subset } from '../../model/traffic-policy.ts';
import { PRIVATE } from '../../model/visibility.ts';
import { type CheckInput, defineKind } from '../define-kind.ts';
import { EXPORT_TO, checkExportTo, parseExportTo } from '../parts/export-to.ts';
import { TRAFFIC_POLICY, checkTrafficPolicy, parseTrafficPolicy } from '../parts/traffic-policy.ts';
import { LABELS, checkLabelKeys, checkSelector } from '../parts/workload-selector.ts';
import type { Pointer } from '../pointer.ts';
import { present } from '../present.ts';
import { listOf, object, text } from '../schema/fields.ts';

const SUBSET = object('Workloads of the host that have certain labels.', {
  required: { name: text('Name that routes use.', { format: 'dns-label' }) },
  optional: { labels: LABELS, trafficPolicy: TRAFFIC_POLICY },
});

const SPEC = object(
  'How traffic to one host is balanced, limited, watched and encrypted, once routing has chosen it.',
  {
    required: {
      host: text('Host of the registry; a name without a dot is a service of the same namespace.', { format: 'host' }),
    },
    optional: {
      trafficPolicy: TRAFFIC_POLICY,
      subsets: listOf('Named groups of workloads.', SUBSET),
      exportTo: EXPORT_TO,
      workloadSelector: object('Picks the client workloads that the rule is for, of its own namespace.', {
        required: {},
        optional: { matchLabels: LABELS },
      }),
    },
  },
);

/** Istio's DestinationRule. */
export const destinationRule = defineKind({
  group: 'networking.istio.io',
  kind: 'DestinationRule',
  plural: 'destinationrules',
  versions: ['v1', 'v1beta1', 'v1alpha3'],
  scope: 'namespaced',
  affects: ['cluster', 'endpoint', 'route', 'listener'],
  description: 'Settings for the traffic to one host.',
  shortNames: ['dr'],
  columns: [{ name: 'Host', type: 'string', jsonPath: '.spec.host', description: 'Host that the rule is for.' }],
  spec: SPEC,

  check(spec, at, input) {
    const { trafficPolicy, subsets = [], exportTo, workloadSelector } = spec;
    checkTrafficPolicy(trafficPolicy, at.to('trafficPolicy'), input);
    checkSubsets(subsets, at.to('subsets'), input);
    checkExportTo(exportTo, at.to('exportTo'), input);
    if (workloadSelector === undefined) return;
    checkSelector(workloadSelector.matchLabels, at.to('workloadSelector').to('matchLabels'), input);
    if (exportTo?.some((entry) => entry !== '.' && entry !== input.meta.namespace)) {
      input.report.add(
        'EXPORT_TO_INVALID',
        at.to('exportTo'),
        'a rule with a workloadSelector is for its own namespace, so exportTo can only be "."',
      );
    }
  },

  parse({ host, trafficPolicy, subsets = [], exportTo = [], workloadSelector }, { meta, context }): DestinationRule {
    // A selector without labels picks every workload, but only of this namespace.
    const labels = workloadSelector && (workloadSelector.matchLabels ?? {});
    return {
      meta,
      host: resolveHost(host, meta.namespace, context.domainSuffix),
      subsets: subsets.map(parseSubset),
      exportTo,
      visibility: labels ? PRIVATE : parseExportTo(exportTo, meta.namespace, context.defaultDestinationRuleExportTo),
      ...present({ trafficPolicy: trafficPolicy && parseTrafficPolicy(trafficPolicy), workloadSelector: labels }),
    };
  },
});

function checkSubsets(subsets: readonly Static<typeof SUBSET>[], at: Pointer, input: CheckInput): void {
  const seen = new Set<string>();
  for (const [index, { name, labels, trafficPolicy }] of subsets.entries()) {
    const place = at.to(index);
    if (seen.has(name))
      input.report.add('DR_SUBSET_REPEATED', place.to('name'), `subset "${name}" is declared more than once`);
    seen.add(name);
    checkLabelKeys(labels, place.to('labels'), input);
    checkTrafficPolicy(trafficPolicy, place.to('trafficPolicy'), input);
  }
}

function parseSubset({ name, labels = {}, trafficPolicy }: Static<typeof SUBSET>): Subset {
  return { name, labels, ...present({ trafficPolicy: trafficPolicy && parseTrafficPolicy(trafficPolicy) }) };
}
