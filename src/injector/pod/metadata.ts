import { type JsonObject, textAt } from '../json.ts';
import { ANNOTATION, LABEL } from '../names.ts';
import type { TemplateInput } from '../template-input.ts';
import { appendNetwork } from './multus.ts';
import { toCapture } from './capture.ts';
import { findAnnotation, hasCni, labelOf, listApplicationContainers, proxyMetadataOf } from './setting.ts';

/**
 * By what name and version the workload is known, from the labels that people use for it. The name is cut to what a label may hold: names of
 * workloads may be longer.
 */
export function toCanonicalLabels(input: TemplateInput): JsonObject {
  const name =
    labelOf(input, LABEL.canonicalName) ||
    labelOf(input, LABEL.appName) ||
    labelOf(input, 'app') ||
    input.workload.name;
  const revision =
    labelOf(input, LABEL.canonicalRevision) ||
    labelOf(input, LABEL.appVersion) ||
    labelOf(input, 'version') ||
    'latest';
  return { [LABEL.canonicalName]: cutLabel(name), [LABEL.canonicalRevision]: revision };
}

/** Labels of a pod with a sidecar. */
export function toSidecarLabels(input: TemplateInput): JsonObject {
  const hasTunnel = proxyMetadataOf(input).ISTIO_META_ENABLE_HBONE === 'true';
  return {
    [LABEL.tlsMode]: labelOf(input, LABEL.tlsMode) || 'istio',
    ...(hasTunnel && { [LABEL.tunnel]: labelOf(input, LABEL.tunnel) || 'http' }),
    ...toCanonicalLabels(input),
  };
}

function cutLabel(value: string): string {
  return value.slice(0, 63).replace(/^[-_.]+|[-_.]+$/g, '');
}

/** Which control plane injected the pod, and which container people mean when they say none. */
export function toCommonAnnotations(input: TemplateInput): JsonObject {
  const [first] = listApplicationContainers(input);
  const toDefault = (annotation: string) =>
    first !== undefined && findAnnotation(input, annotation) === undefined ? { [annotation]: first } : {};
  return {
    [ANNOTATION.revision]: input.revision || 'default',
    ...toDefault(ANNOTATION.defaultLogsContainer),
    ...toDefault(ANNOTATION.defaultContainer),
  };
}

/** What a CNI plugin goes by, which sees annotations alone. */
export function toCniAnnotations(input: TemplateInput): JsonObject {
  if (!hasCni(input)) return {};
  const capture = toCapture(input);
  const given = (name: string, value: string | undefined) => (value ? { [name]: value } : {});
  const listed = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value });
  return {
    ...toNetworks(input),
    [ANNOTATION.interceptionMode]: capture.mode,
    ...given(ANNOTATION.includeOutboundIpRanges, capture.includeIpRanges),
    ...given(ANNOTATION.excludeOutboundIpRanges, capture.excludeIpRanges),
    [ANNOTATION.includeInboundPorts]: capture.includeInboundPorts,
    [ANNOTATION.excludeInboundPorts]: capture.excludeInboundPorts,
    ...listed(ANNOTATION.includeOutboundPorts, capture.includeOutboundPorts),
    ...listed(ANNOTATION.excludeOutboundPorts, capture.excludeOutboundPorts),
    ...given(ANNOTATION.kubevirtInterfaces, findAnnotation(input, ANNOTATION.kubevirtInterfaces)),
    ...given(ANNOTATION.rerouteInterfaces, findAnnotation(input, ANNOTATION.rerouteInterfaces)),
    ...given(ANNOTATION.excludeInterfaces, findAnnotation(input, ANNOTATION.excludeInterfaces)),
  };
}

function toNetworks(input: TemplateInput): JsonObject {
  if (textAt(input.values, 'pilot', 'cni', 'provider') !== 'multus') return {};
  const existing = findAnnotation(input, ANNOTATION.multusNetworks) ?? '';
  return { [ANNOTATION.multusNetworks]: appendNetwork(existing, 'default/istio-cni') };
}
