import type { JsonObject } from '../json.ts';
import { ANNOTATION } from '../names.ts';
import type { TemplateInput } from '../template-input.ts';
import {
  toConfigVariables,
  toContainersVariable,
  toIdentityVariables,
  toMeshVariables,
  toMetadataVariables,
  toNetworkVariables,
  toPlaceVariables,
  toProbeVariables,
  toWorkloadVariables,
  variable,
} from './environment.ts';
import { toCanonicalLabels, toCommonAnnotations } from './metadata.ts';
import { toAnnotatedReadiness, toProxyArguments, toProxyFrame } from './proxy-container.ts';
import { toResources } from './resources.ts';
import { listApplicationContainers, statusPortOf } from './setting.ts';
import {
  toCertificateMount,
  toIdentityVolumes,
  toMountedCertificates,
  toProxyMounts,
  toProxyVolumes,
  toPullSecrets,
  toUserMounts,
  toUserVolumes,
} from './volumes.ts';

/**
 * For applications whose gRPC library is its own proxy: an agent without Envoy fetches certificates and configuration for it.
 * @see istio manifests/charts/istio-control/istio-discovery/files/grpc-agent.yaml
 */
export function toGrpcAgentPod(input: TemplateInput): JsonObject {
  const applications = listApplicationContainers(input).map((name) => toApplication(input, name));
  return {
    metadata: {
      labels: toCanonicalLabels(input),
      annotations: { ...toCommonAnnotations(input), [ANNOTATION.rewriteProbes]: 'false' },
    },
    spec: {
      containers: [toAgentContainer(input), ...applications],
      volumes: [
        ...toIdentityVolumes(input, false),
        ...toProxyVolumes(input, 'istio-xds'),
        ...toMountedCertificates(input),
        ...toUserVolumes(input),
      ],
      ...toPullSecrets(input),
    },
  };
}

function toAgentContainer(input: TemplateInput): JsonObject {
  const wait = ['pilot-agent', 'wait', '--url=http://localhost:15020/healthz/ready'];
  const choice = { sockets: 'istio-xds', credentialSocket: false, revocations: false, bootstrap: false } as const;
  return {
    ...toProxyFrame(input),
    ports: [{ containerPort: 15020, protocol: 'TCP', name: 'mesh-metrics' }],
    args: toProxyArguments(input, 'sidecar'),
    lifecycle: { postStart: { exec: { command: wait } } },
    env: toAgentVariables(input),
    ...(statusPortOf(input) !== '0' && { readinessProbe: toAnnotatedReadiness(input, 15020) }),
    resources: toResources(input),
    volumeMounts: [...toProxyMounts(input, choice), ...toUserMounts(input)],
  };
}

function toAgentVariables(input: TemplateInput): readonly JsonObject[] {
  return [
    variable('ISTIO_META_GENERATOR', 'grpc'),
    variable('OUTPUT_CERTS', '/var/lib/istio/data'),
    ...toProbeVariables(input),
    ...toIdentityVariables(input),
    ...toConfigVariables(input),
    toContainersVariable(input),
    ...toPlaceVariables(input),
    ...toNetworkVariables(input),
    ...toWorkloadVariables(input, false),
    ...toMeshVariables(input),
    ...toMetadataVariables(input),
    // Names with the scheme xds need no addresses.
    variable('ISTIO_META_DNS_CAPTURE', 'false'),
    variable('DISABLE_ENVOY', 'true'),
  ];
}

function toApplication(input: TemplateInput, name: string): JsonObject {
  return {
    name,
    env: [
      variable('GRPC_XDS_EXPERIMENTAL_SECURITY_SUPPORT', 'true'),
      variable('GRPC_XDS_BOOTSTRAP', '/etc/istio/proxy/grpc-bootstrap.json'),
    ],
    volumeMounts: [
      { name: 'istio-data', mountPath: '/var/lib/istio/data' },
      { name: 'istio-xds', mountPath: '/etc/istio/proxy' },
      toCertificateMount(input),
    ],
  };
}
