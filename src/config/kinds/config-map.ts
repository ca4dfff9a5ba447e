import { defineInput } from '../define-kind.ts';
import { loose, mapOf, text } from '../schema/fields.ts';

/** Kubernetes' ConfigMap. */
export const configMap = defineInput({
  group: '',
  kind: 'ConfigMap',
  plural: 'configmaps',
  versions: ['v1'],
  scope: 'namespaced',
  affects: ['listener', 'route', 'cluster', 'endpoint', 'secret'],
  fields: loose('Files of configuration.', { data: mapOf('Content by name.', text('Content.')) }),
  parse: ({ data = {} }, { meta }) => ({ meta, data }),
});
