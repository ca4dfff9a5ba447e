import { defineInput } from '../define-kind.ts';
import { loose, mapOf, text } from '../schema/fields.ts';

/** Kubernetes' Secret. */
export const secret = defineInput({
  group: '',
  kind: 'Secret',
  plural: 'secrets',
  versions: ['v1'],
  scope: 'namespaced',
  affects: ['secret'],
  fields: loose('Certificates and keys.', {
    type: text('What the secret is for.', { absent: 'Opaque' }),
    data: mapOf('Values in base64, by name.', text('Value in base64.')),
    stringData: mapOf('Values as plain text, by name; they win over `data`.', text('Value.')),
  }),
  parse: ({ type = 'Opaque', data = {}, stringData = {} }, { meta }) => ({
    meta,
    type,
    data: { ...decode(data), ...stringData },
  }),
});

function decode(data: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, Buffer.from(value, 'base64').toString('utf8')]),
  );
}
