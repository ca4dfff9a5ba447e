import { isGiven, type JsonObject, objectAt, textAt } from '../json.ts';
import type { TemplateInput } from '../template-input.ts';
import {
  CPU_LIMIT,
  MEMORY_LIMIT,
  toBootstrapVariables,
  toComplianceVariables,
  toConfigVariables,
  toContainersVariable,
  toIdentityVariables,
  toMeshVariables,
  toMetadataVariables,
  toNetworkVariables,
  toPlaceVariables,
  toWorkloadVariables,
  variable,
} from './environment.ts';
import { toCanonicalLabels, toCommonAnnotations } from './metadata.ts';
import { ENVOY_METRICS, findLifecycle, toProxyArguments, toProxyFrame, toReadiness } from './proxy-container.ts';
import { globalText } from './setting.ts';
import { toIdentityVolumes, toMountedCertificates, toProxyMounts, toProxyVolumes, toPullSecrets } from './volumes.ts';

/** Ports below 1024 need no privilege in a pod that says so. */
const LOW_PORTS = { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] };

/**
 * A gateway's proxy: nothing is captured, and the container is the pod's own.
 * @see istio manifests/charts/istio-control/istio-discovery/files/gateway-injection-template.yaml
 */
export function toGatewayPod(input: TemplateInput): JsonObject {
  const security = objectAt(input.values, 'gateways', 'securityContext');
  return {
    metadata: { labels: toCanonicalLabels(input), annotations: toCommonAnnotations(input) },
    spec: {
      securityContext: isGiven(security) ? security : LOW_PORTS,
      containers: [toGatewayContainer(input)],
      volumes: [
        ...toIdentityVolumes(input, true),
        ...toProxyVolumes(input, 'istio-envoy'),
        ...toMountedCertificates(input),
      ],
      ...toPullSecrets(input),
    },
  };
}

function toGatewayContainer(input: TemplateInput): JsonObject {
  const lifecycle = findLifecycle(input);
  return {
    ...toProxyFrame(input),
    ports: ENVOY_METRICS,
    args: toProxyArguments(input, 'router'),
    ...(isGiven(lifecycle) && { lifecycle }),
    securityContext: { runAsUser: input.proxyUid, runAsGroup: input.proxyGid },
    env: toGatewayVariables(input),
    readinessProbe: toReadiness(15021, [
      globalText(input, 'proxy', 'readinessInitialDelaySeconds'),
      globalText(input, 'proxy', 'readinessPeriodSeconds'),
      globalText(input, 'proxy', 'readinessFailureThreshold'),
    ]),
    volumeMounts: toProxyMounts(input, {
      sockets: 'istio-envoy',
      credentialSocket: true,
      revocations: false,
      bootstrap: true,
    }),
  };
}

function toGatewayVariables(input: TemplateInput): readonly JsonObject[] {
  return [
    ...toIdentityVariables(input),
    CPU_LIMIT,
    ...toConfigVariables(input),
    MEMORY_LIMIT,
    ...toComplianceVariables(input),
    toContainersVariable(input),
    ...toPlaceVariables(input),
    variable('ISTIO_META_INTERCEPTION_MODE', textAt(input.proxyConfig, 'interceptionMode') || 'REDIRECT'),
    ...toNetworkVariables(input),
    ...toWorkloadVariables(input, false),
    ...toBootstrapVariables(input),
    ...toMeshVariables(input),
    ...toMetadataVariables(input),
  ];
}
