import { stringify } from 'yaml';

/** Objects of users, in the file that declares them. */
export interface Declared {
  readonly file: string;
  readonly text: string;
}

/** A JSON value, as users write one. */
export type Json = string | number | boolean | null | undefined | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** What a builder needs to know of an object beside its content. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
}

/** Networking objects of Istio, in their newest version. */
export const NETWORKING = 'networking.istio.io/v1';

/** One object in a file of its own; `content` is what stands beside its metadata. */
export function declare(identity: Identity, content: JsonObject): Declared {
  return inFile(identity, [toDocument(identity, content)]);
}

/** Several objects in the file that is named after the first. */
export function inFile({ kind, name, namespace = 'default' }: Identity, documents: readonly JsonObject[]): Declared {
  return { file: `${namespace}/${kind}-${name}.yaml`, text: documents.map((one) => stringify(one)).join('---\n') };
}

/** A file as it is written, right or wrong. */
export function file(name: string, text: string): Declared {
  return { file: name, text };
}

/** The object as a document. */
export function toDocument(identity: Identity, content: JsonObject): JsonObject {
  const { apiVersion, kind, name, namespace = 'default', labels, annotations } = identity;
  const metadata = { name, namespace, ...(labels && { labels }), ...(annotations && { annotations }) };
  return { apiVersion, kind, metadata, ...content };
}
