import { isGiven, type JsonObject, spelledAt } from '../json.ts';
import { holdsByValue } from './hold.ts';
import type { TemplateInput } from '../template-input.ts';
import {
  CPU_LIMIT,
  MEMORY_LIMIT,
  toBootstrapVariables,
  toComplianceVariables,
  toConfigVariables,
  toContainersVariable,
  toIdentityVariables,
  toInterceptionVariable,
  toMeshVariables,
  toMetadataVariables,
  toNetworkVariables,
  toPlaceVariables,
  toProbeVariables,
  toTracingVariables,
  toWorkloadVariables,
} from './environment.ts';
import { toInitContainer } from './init-container.ts';
import { toCniAnnotations, toCommonAnnotations, toSidecarLabels } from './metadata.ts';
import {
  ENVOY_METRICS,
  findLifecycle,
  toAnnotatedReadiness,
  toProxyArguments,
  toProxyFrame,
} from './proxy-container.ts';
import { toResources } from './resources.ts';
import { toSidecarSecurity } from './security.ts';
import { globalText, globalValue, interceptionModeOf, isNative, statusPortOf } from './setting.ts';
import {
  toIdentityVolumes,
  toLightstepMount,
  toLightstepVolume,
  toMountedCertificates,
  toProxyMounts,
  toProxyVolumes,
  toPullSecrets,
  toRevocationVolume,
  toUserMounts,
  toUserVolumes,
} from './volumes.ts';

/**
 * What turns a pod into one of the mesh: traffic capture, the proxy, its volumes, labels and annotations.
 * @see istio manifests/charts/istio-control/istio-discovery/files/injection-template.yaml
 */
export function toSidecarPod(input: TemplateInput): JsonObject {
  const inits = interceptionModeOf(input) === 'NONE' ? [] : [toInitContainer(input)];
  const proxy = toSidecarContainer(input);
  const containers = isNative(input)
    ? { initContainers: [...inits, { ...proxy, restartPolicy: 'Always' }] }
    : { ...(inits.length > 0 && { initContainers: inits }), containers: [proxy] };
  return {
    metadata: {
      labels: toSidecarLabels(input),
      annotations: { ...toCommonAnnotations(input), ...toCniAnnotations(input) },
    },
    spec: { ...containers, volumes: toSidecarVolumes(input), ...toPullSecrets(input) },
  };
}

function toSidecarContainer(input: TemplateInput): JsonObject {
  const log = globalText(input, 'proxy', 'outlierLogPath');
  const lifecycle = toLifecycle(input);
  return {
    ...toProxyFrame(input),
    ports: ENVOY_METRICS,
    args: [...toProxyArguments(input, 'sidecar'), ...(log === '' ? [] : [`--outlierLogPath=${log}`])],
    ...(isGiven(lifecycle) && { lifecycle }),
    env: toSidecarVariables(input),
    ...toProbes(input),
    securityContext: toSidecarSecurity(input),
    resources: toResources(input),
    volumeMounts: [
      ...toProxyMounts(input, { sockets: 'istio-envoy', credentialSocket: true, revocations: true, bootstrap: true }),
      ...toLightstepMount(input),
      ...toUserMounts(input),
    ],
  };
}

/** Containers that start before the application need no hook for it; those beside it wait, if they are asked to. */
function toLifecycle(input: TemplateInput): JsonObject {
  const set = findLifecycle(input);
  if (isGiven(set)) return set;
  if (isNative(input)) {
    const drain = ['pilot-agent', 'request', `--debug-port=${statusPortOf(input)}`, 'POST', 'drain'];
    return { preStop: { exec: { command: drain } } };
  }
  const holds = input.proxyConfig.holdApplicationUntilProxyStarts === true || holdsByValue(input.values);
  return holds ? { postStart: { exec: { command: ['pilot-agent', 'wait'] } } } : {};
}

function toSidecarVariables(input: TemplateInput): readonly JsonObject[] {
  return [
    ...toProbeVariables(input),
    ...toIdentityVariables(input),
    CPU_LIMIT,
    ...toConfigVariables(input),
    toContainersVariable(input),
    MEMORY_LIMIT,
    ...toComplianceVariables(input),
    ...toPlaceVariables(input),
    toInterceptionVariable(input),
    ...toNetworkVariables(input),
    ...toWorkloadVariables(input, true),
    ...toBootstrapVariables(input),
    ...toMeshVariables(input),
    ...toTracingVariables(input),
    ...toMetadataVariables(input),
  ];
}

function toProbes(input: TemplateInput): JsonObject {
  if (statusPortOf(input) === '0') return {};
  const failureThreshold = Number(spelledAt(globalValue(input, 'proxy', 'startupProbe'), 'failureThreshold'));
  const startupProbe = {
    httpGet: { path: '/healthz/ready', port: 15021 },
    periodSeconds: 1,
    timeoutSeconds: 3,
    ...(failureThreshold && { failureThreshold }),
  };
  return {
    ...(isGiven(globalValue(input, 'proxy', 'startupProbe', 'enabled')) && { startupProbe }),
    readinessProbe: toAnnotatedReadiness(input, 15021),
  };
}

function toSidecarVolumes(input: TemplateInput): readonly JsonObject[] {
  return [
    ...toIdentityVolumes(input, true),
    ...toProxyVolumes(input, 'istio-envoy'),
    toRevocationVolume(input),
    ...toMountedCertificates(input),
    ...toUserVolumes(input),
    ...toLightstepVolume(input),
  ];
}
