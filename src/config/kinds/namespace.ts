import { defineInput } from '../define-kind.ts';
import { loose } from '../schema/fields.ts';

/** Kubernetes' Namespace, of which only labels and annotations matter. */
export const namespace = defineInput({
  group: '',
  kind: 'Namespace',
  plural: 'namespaces',
  versions: ['v1'],
  scope: 'cluster',
  affects: ['listener', 'route', 'cluster', 'endpoint'],
  fields: loose('A namespace of Kubernetes.', {}),
  parse: (_, { meta }) => ({ meta }),
});
