import { readWrittenProxyConfig } from '../../config/mesh/read-proxy-config.ts';
import { ANNOTATION, LABEL } from '../names.ts';
import {
  bool,
  type Check,
  cidrList,
  emptyOr,
  image,
  interfaceList,
  labelValue,
  objectName,
  oneOf,
  plainText,
  port,
  portList,
  quantity,
  starOr,
  uint,
} from './checks.ts';
import { containerOverrides, injectionStatus, networkList, variableMap, volumeMap } from './json-checks.ts';

const UINT32 = 2 ** 32 - 1;

/** What was read is remembered, so whoever may create pods decides how much: no settings are near as long. */
const MAX_CONFIG = 64 * 1024;

/** An empty text, or settings of the shape that a proxy takes. */
const proxyConfig: Check = (value) => {
  if (value.length > MAX_CONFIG) return `expected no more than ${MAX_CONFIG} characters`;
  return value.trim() === '' || readWrittenProxyConfig(value) !== undefined
    ? undefined
    : 'expected a ProxyConfig, as YAML';
};

/**
 * Every annotation that injection reads, and what it may hold. Istio checks the modes, ports, numbers and ranges of these; the others are held to
 * what cannot grow into further fields where a template puts them.
 * @see istio pkg/kube/inject/validate.go `AnnotationValidation`
 */
export const ANNOTATION_CHECKS: ReadonlyMap<string, Check> = new Map([
  // Any other text is passed over with a warning, not refused.
  [ANNOTATION.inject, () => undefined],
  [ANNOTATION.templates, plainText],
  [ANNOTATION.interceptionMode, oneOf('REDIRECT', 'TPROXY', 'NONE')],
  [ANNOTATION.proxyImage, emptyOr(image)],
  [ANNOTATION.proxyImageType, emptyOr(image)],
  [ANNOTATION.proxyCpu, quantity],
  [ANNOTATION.proxyMemory, quantity],
  [ANNOTATION.proxyCpuLimit, quantity],
  [ANNOTATION.proxyMemoryLimit, quantity],
  [ANNOTATION.logLevel, plainText],
  [ANNOTATION.componentLogLevel, plainText],
  [ANNOTATION.agentLogLevel, plainText],
  [ANNOTATION.nativeSidecar, plainText],
  [ANNOTATION.bootstrapOverride, objectName],
  [ANNOTATION.userVolume, volumeMap],
  [ANNOTATION.userVolumeMount, volumeMap],
  [ANNOTATION.rewriteProbes, plainText],
  [ANNOTATION.capNetBindService, plainText],
  ['sidecar.istio.io/discoveryAddress', plainText],
  ['sidecar.istio.io/statsInclusionPrefixes', plainText],
  ['sidecar.istio.io/statsInclusionSuffixes', plainText],
  ['sidecar.istio.io/statsFlushInterval', plainText],
  ['sidecar.istio.io/statsEvictionInterval', plainText],
  ['sidecar.istio.io/statsCompression', plainText],
  ['sidecar.istio.io/extraStatTags', plainText],
  [ANNOTATION.statusPort, port],
  [ANNOTATION.readinessInitialDelay, uint(UINT32)],
  [ANNOTATION.readinessPeriod, uint(UINT32)],
  [ANNOTATION.readinessFailureThreshold, uint(UINT32)],
  ['readiness.status.sidecar.istio.io/applicationPorts', plainText],
  [ANNOTATION.includeOutboundIpRanges, starOr(cidrList)],
  [ANNOTATION.excludeOutboundIpRanges, cidrList],
  [ANNOTATION.includeInboundPorts, starOr(portList)],
  [ANNOTATION.excludeInboundPorts, portList],
  [ANNOTATION.includeOutboundPorts, plainText],
  [ANNOTATION.excludeOutboundPorts, portList],
  [ANNOTATION.excludeInterfaces, interfaceList],
  [ANNOTATION.kubevirtInterfaces, interfaceList],
  [ANNOTATION.rerouteInterfaces, interfaceList],
  [ANNOTATION.proxyConfig, proxyConfig],
  [ANNOTATION.overrides, containerOverrides],
  [ANNOTATION.status, injectionStatus],
  [ANNOTATION.mergeMetrics, bool],
  ['prometheus.istio.io/scrape-targets', plainText],
  ['prometheus.istio.io/secure-port', plainText],
  ['prometheus.io/scrape', plainText],
  ['prometheus.io/path', plainText],
  ['prometheus.io/port', plainText],
  [ANNOTATION.multusNetworks, networkList],
  [ANNOTATION.datadogEnvironment, variableMap],
  [ANNOTATION.revision, labelValue],
]);

/** Every label that injection reads. API servers hold labels to this too, but after the webhook was asked. */
export const LABEL_CHECKS: ReadonlyMap<string, Check> = new Map(
  [
    LABEL.inject,
    LABEL.network,
    LABEL.tlsMode,
    LABEL.tunnel,
    LABEL.canonicalName,
    LABEL.canonicalRevision,
    LABEL.workloadName,
    LABEL.appName,
    LABEL.appVersion,
    'app',
    'version',
    'istio.io/rev',
  ].map((name) => [name, labelValue]),
);
