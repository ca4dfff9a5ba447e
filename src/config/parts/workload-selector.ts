import type { CheckInput } from '../define-kind.ts';
import type { Pointer } from '../pointer.ts';
import { mapOf, object, text } from '../schema/fields.ts';
import { isLabelKey } from '../schema/names.ts';

/** Labels by which workloads are picked. */
export const LABELS = mapOf(
  'Labels that a workload must have.',
  text('Value of the label.', { format: 'label-value' }),
);

/** Picks workloads of the same namespace. */
export const WORKLOAD_SELECTOR = object('Picks workloads of the same namespace.', {
  required: {},
  optional: { labels: LABELS },
});

/** Keys of labels, which a schema cannot check. Values have a format of their own. */
export function checkLabelKeys(
  labels: Readonly<Record<string, string>> | undefined,
  at: Pointer,
  { report }: CheckInput,
): void {
  for (const key in labels) {
    if (!isLabelKey(key)) report.add('LABEL_INVALID', at.to(key), `"${key}" is no key of a label`, 'key');
  }
}

/** A selector without labels picks every workload, which is rarely what was meant. */
export function checkSelector(
  labels: Readonly<Record<string, string>> | undefined,
  at: Pointer,
  input: CheckInput,
): void {
  checkLabelKeys(labels, at, input);
  if (labels !== undefined && Object.keys(labels).length > 0) return;
  input.report.add('SELECTOR_EMPTY', at, `${at} has no labels, so it picks every workload of the namespace`);
}
