import { type Json, type JsonObject, listAt, objectAt, spelledAt, textAt, textsAt, valueAt } from '../json.ts';
import { ANNOTATION, CONTAINER } from '../names.ts';
import type { TemplateInput } from '../template-input.ts';

/** The value of one of the pod's annotations; `undefined` where it has none. */
export function findAnnotation({ pod }: TemplateInput, name: string): string | undefined {
  const value = valueAt(pod, 'metadata', 'annotations', name);
  return typeof value === 'string' ? value : undefined;
}

/** The value of one of the pod's labels; empty where it has none. */
export function labelOf({ pod }: TemplateInput, name: string): string {
  return textAt(pod, 'metadata', 'labels', name);
}

/** A setting that a pod may change by annotation, even to nothing, and that is below `global` in the values otherwise. */
export function settingOf(input: TemplateInput, annotation: string, ...path: readonly string[]): string {
  return findAnnotation(input, annotation) ?? globalText(input, ...path);
}

/** A setting below `global` in the values, spelt out. */
export function globalText({ values }: TemplateInput, ...path: readonly string[]): string {
  return spelledAt(values, 'global', ...path);
}

/** A setting below `global` in the values. */
export function globalValue({ values }: TemplateInput, ...path: readonly string[]): Json | undefined {
  return valueAt(values, 'global', ...path);
}

/** How traffic gets into the pod's proxy: `REDIRECT`, `TPROXY` or `NONE`. */
export function interceptionModeOf(input: TemplateInput): string {
  return (
    findAnnotation(input, ANNOTATION.interceptionMode) ?? (textAt(input.proxyConfig, 'interceptionMode') || 'REDIRECT')
  );
}

/** The agent's port, by annotation or value; `0` for none. */
export function statusPortOf(input: TemplateInput): string {
  return settingOf(input, ANNOTATION.statusPort, 'proxy', 'statusPort');
}

/** Whether the pod's proxy runs beside its init containers. */
export function isNative(input: TemplateInput): boolean {
  return (findAnnotation(input, ANNOTATION.nativeSidecar) || String(input.nativeSidecars)) !== 'false';
}

/** Whether a CNI plugin captures the traffic of pods. */
export function hasCni({ values }: TemplateInput): boolean {
  return valueAt(values, 'pilot', 'cni', 'enabled') === true;
}

/** Variables of the proxy's environment that its ProxyConfig sets. */
export function proxyMetadataOf({ proxyConfig }: TemplateInput): Readonly<Record<string, string>> {
  return textsAt(proxyConfig, 'proxyMetadata');
}

/** The trust domain: the mesh's, or the one in the values. */
export function trustDomainOf(input: TemplateInput): string {
  return textAt(input.mesh, 'trustDomain') || globalText(input, 'trustDomain');
}

/** An image that the pod or the values name in full, else the one made of hub, name and tag. */
export function imageOf(input: TemplateInput, part: 'proxy' | 'proxy_init'): string {
  const named = settingOf(input, ANNOTATION.proxyImage, part, 'image');
  if (named.includes('/')) return named;
  return part === 'proxy' ? input.proxyImage : input.proxyInitImage;
}

/** Names of the pod's containers without the proxy. */
export function listApplicationContainers({ pod }: TemplateInput): readonly string[] {
  const names = listAt(pod, 'spec', 'containers').map((container) => textAt(container, 'name'));
  return names.filter((name) => name !== CONTAINER.proxy);
}

/** Where images come from, when that is set at all. */
export function pullPolicyOf(input: TemplateInput): JsonObject {
  const imagePullPolicy = globalText(input, 'imagePullPolicy');
  return imagePullPolicy === '' ? {} : { imagePullPolicy };
}

/** A profile for system calls, when one is set. */
export function seccompOf({ values }: TemplateInput): JsonObject {
  const seccompProfile = objectAt(values, 'global', 'proxy', 'seccompProfile');
  return Object.keys(seccompProfile).length > 0 ? { seccompProfile } : {};
}
