import type { Labels } from './object.ts';

/** One condition on one label. */
export interface LabelExpression {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /** Of `In` and `NotIn`. */
  readonly values?: readonly string[];
}

/**
 * Kubernetes' selector of objects by their labels. All of it must hold; a selector without conditions matches everything.
 * @see Kubernetes API reference, meta/v1 LabelSelector
 */
export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly LabelExpression[];
}

/** Whether `labels` fulfil a selector. As in Kubernetes, a label that is not there is in no list, so `NotIn` holds for it. */
export function isMatchedBy(labels: Labels, { matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => holds(labels[expression.key], expression))
  );
}

function holds(value: string | undefined, { operator, values = [] }: LabelExpression): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}
