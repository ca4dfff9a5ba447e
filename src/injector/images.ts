import { findText, type JsonObject, spelledAt, textAt } from './json.ts';
import { ANNOTATION } from './names.ts';

const KNOWN_TYPES = ['distroless', 'debug'];

/**
 * The image of the proxy by the values: `hub/image:tag-type`. The type is the pod's annotation, else the ProxyConfig's, else the mesh's variant.
 * @see istio pkg/kube/inject/inject.go `ProxyImage`
 */
export function toProxyImage(values: JsonObject, proxyConfig: JsonObject, pod: JsonObject): string {
  const name = textAt(values, 'global', 'proxy', 'image') || 'proxyv2';
  return toImage(values, name, textAt(proxyConfig, 'image', 'imageType'), pod);
}

/** The image of the container that captures traffic. A ProxyConfig's type of image is for the proxy alone. */
export function toInitImage(values: JsonObject, pod: JsonObject): string {
  return toImage(values, textAt(values, 'global', 'proxy_init', 'image') || 'proxyv2', '', pod);
}

function toImage(values: JsonObject, name: string, wantedType: string, pod: JsonObject): string {
  const annotated = findText(pod, 'metadata', 'annotations', ANNOTATION.proxyImageType);
  const type = annotated ?? (wantedType || textAt(values, 'global', 'variant'));
  return `${textAt(values, 'global', 'hub')}/${name}:${applyType(spelledAt(values, 'global', 'tag'), type)}`;
}

/** A known type at the end of a tag gives way to the one that is wanted. */
function applyType(tag: string, type: string): string {
  if (type === '') return tag;
  const known = KNOWN_TYPES.find((candidate) => tag.endsWith(`-${candidate}`));
  const bare = known === undefined ? tag : tag.slice(0, -known.length - 1);
  return type === 'default' ? bare : `${bare}-${type}`;
}
