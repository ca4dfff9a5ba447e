import type { Static } from 'typebox';
import type { WorkloadGroup } from '../../model/workload-group.ts';
import { defineKind } from '../define-kind.ts';
import { PROBE, checkProbe } from '../parts/probe.ts';
import { WORKLOAD, checkWorkloadPorts, parseWorkload } from '../parts/workload.ts';
import { LABELS, checkLabelKeys } from '../parts/workload-selector.ts';
import { present } from '../present.ts';
import { mapOf, object, text } from '../schema/fields.ts';

const WORKLOAD_GROUP_SPEC = object('A template of WorkloadEntries.', {
  required: { template: { ...WORKLOAD, description: 'What the WorkloadEntries say of their workloads.' } },
  optional: {
    metadata: object('Labels and annotations of the WorkloadEntries.', {
      required: {},
      optional: {
        labels: { ...LABELS, description: 'Labels of the WorkloadEntries.' },
        annotations: mapOf('Annotations of the WorkloadEntries.', text('Value of the annotation.')),
      },
    }),
    probe: PROBE,
  },
});

/** Istio's WorkloadGroup. */
export const workloadGroup = defineKind({
  group: 'networking.istio.io',
  kind: 'WorkloadGroup',
  plural: 'workloadgroups',
  versions: ['v1', 'v1beta1', 'v1alpha3'],
  scope: 'namespaced',
  affects: [],
  description: 'A template of WorkloadEntries.',
  shortNames: ['wg'],
  columns: [],
  spec: WORKLOAD_GROUP_SPEC,
  check({ metadata, template, probe }, at, input) {
    const place = at.to('template');
    const { report } = input;
    checkWorkloadPorts(template.ports, place.to('ports'), input);
    checkLabelKeys(metadata?.labels, at.to('metadata').to('labels'), input);
    checkLabelKeys(template.labels, place.to('labels'), input);
    if (template.address !== undefined && template.address !== '')
      report.add('FIELD_IGNORED', place.to('address'), 'each workload of the group has an address of its own', 'key');
    if (probe) checkProbe(probe, at.to('probe'), input);
  },
  parse: ({ metadata = {}, template, probe }: Static<typeof WORKLOAD_GROUP_SPEC>, { meta }): WorkloadGroup => ({
    meta,
    template: { ...parseWorkload(template), serviceAccount: template.serviceAccount || 'default' },
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    ...present({ probe }),
  }),
});
