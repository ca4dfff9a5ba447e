import type { Static } from 'typebox';
import { flag, listOf, loose, mapOf, text } from './fields.ts';

const OWNER = loose('What made the object.', {
  kind: text('Kind.'),
  name: text('Name.'),
  controller: flag('Whether it is in charge.'),
});

/** What of `metadata` is read, in every kind. */
export const METADATA = loose('Name, namespace and labels of the object.', {
  name: text('Name of the object.'),
  generateName: text('Prefix of a name that the API server completes.'),
  namespace: text('Namespace of the object.'),
  labels: mapOf('Labels of the object.', text('Value of the label.')),
  annotations: mapOf('Annotations of the object.', text('Value of the annotation.')),
  creationTimestamp: text('When the object was created, RFC 3339.'),
  deletionTimestamp: text('When the object is to be gone, RFC 3339.'),
  ownerReferences: listOf('What made the object.', OWNER),
  resourceVersion: text('Changes with every change of the object.'),
});

export type WrittenMetadata = Static<typeof METADATA>;
