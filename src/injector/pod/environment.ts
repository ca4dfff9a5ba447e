import { type JsonObject, listAt, textAt } from '../json.ts';
import { printProxyConfig, sortFields } from '../mesh-settings.ts';
import { ANNOTATION, LABEL } from '../names.ts';
import type { TemplateInput } from '../template-input.ts';
import { parseObject } from './annotated-json.ts';
import { toOtelAttributes } from './otel-attributes.ts';
import {
  findAnnotation,
  globalText,
  interceptionModeOf,
  labelOf,
  listApplicationContainers,
  proxyMetadataOf,
  trustDomainOf,
} from './setting.ts';

type Variables = readonly JsonObject[];

/** A variable; an empty value is not spelt out, as Kubernetes would not. */
export function variable(name: string, value: string): JsonObject {
  return value === '' ? { name } : { name, value };
}

/** A variable of which nothing is left where its value is empty. */
function optional(name: string, value: string): Variables {
  return value === '' ? [] : [{ name, value }];
}

function field(name: string, fieldPath: string): JsonObject {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}

function limit(name: string, resource: string): JsonObject {
  return { name, valueFrom: { resourceFieldRef: { resource, divisor: '1' } } };
}

/** Variables that the ProxyConfig sets, by name. */
export function toMetadataVariables(input: TemplateInput): Variables {
  return Object.entries(sortFields(proxyMetadataOf(input))).map(([name, value]) => variable(name, String(value)));
}

/** Where the proxy finds its authority and its own identity. */
export function toIdentityVariables(input: TemplateInput): Variables {
  const revision = textAt(input.values, 'revision');
  const service = revision ? `istiod-${revision}` : 'istiod';
  const authority = globalText(input, 'caAddress') || `${service}.${globalText(input, 'istioNamespace')}.svc:15012`;
  return [
    variable('PILOT_CERT_PROVIDER', globalText(input, 'pilotCertProvider')),
    variable('CA_ADDR', authority),
    field('POD_NAME', 'metadata.name'),
    field('POD_NAMESPACE', 'metadata.namespace'),
    field('INSTANCE_IP', 'status.podIP'),
    field('SERVICE_ACCOUNT', 'spec.serviceAccountName'),
    field('HOST_IP', 'status.hostIP'),
  ];
}

/** How the proxy is to be set up, and what the pod's containers listen on. */
export function toConfigVariables(input: TemplateInput): Variables {
  return [
    variable('PROXY_CONFIG', `${printProxyConfig(input.proxyConfig)}\n`),
    variable('ISTIO_META_POD_PORTS', printPorts(input)),
  ];
}

/** One port a line. */
function printPorts({ pod }: TemplateInput): string {
  const ports = listAt(pod, 'spec', 'containers').flatMap((container) => listAt(container, 'ports'));
  const lines = ports.map(({ name, hostPort, containerPort, protocol, hostIP }, index) => {
    const text = JSON.stringify({ name, hostPort, containerPort, protocol, hostIP });
    return `    ${index > 0 ? ',' : ''}${text}\n`;
  });
  return `[\n${lines.join('')}]`;
}

/** The names of the pod's other containers. */
export function toContainersVariable(input: TemplateInput): JsonObject {
  return variable('ISTIO_META_APP_CONTAINERS', listApplicationContainers(input).join(','));
}

/** What the Go runtime of Istio's agent goes by. */
export const CPU_LIMIT = limit('ISTIO_CPU_LIMIT', 'limits.cpu');
export const MEMORY_LIMIT = limit('GOMEMLIMIT', 'limits.memory');

/** What the proxy may encrypt with. */
export function toComplianceVariables({ compliancePolicy }: TemplateInput): Variables {
  if (compliancePolicy === '') return [];
  const policy = variable('COMPLIANCE_POLICY', compliancePolicy);
  return compliancePolicy === 'fips-140-3' ? [policy, variable('GODEBUG', 'fips140=only')] : [policy];
}

/** Where the proxy runs. */
export function toPlaceVariables(input: TemplateInput): Variables {
  return [
    variable('ISTIO_META_CLUSTER_ID', globalText(input, 'multiCluster', 'clusterName') || 'Kubernetes'),
    field('ISTIO_META_NODE_NAME', 'spec.nodeName'),
  ];
}

/** How traffic gets into the proxy. */
export function toInterceptionVariable(input: TemplateInput): JsonObject {
  return variable('ISTIO_META_INTERCEPTION_MODE', interceptionModeOf(input) || 'REDIRECT');
}

/** The network that the pod is in. */
export function toNetworkVariables(input: TemplateInput): Variables {
  return optional('ISTIO_META_NETWORK', globalText(input, 'network'));
}

/** What the pod is a copy of. `isNamed` when its label may give it another name. */
export function toWorkloadVariables(input: TemplateInput, isNamed: boolean): Variables {
  const { apiVersion, kind, name, namespace } = input.workload;
  const owner = `kubernetes://apis/${apiVersion}/namespaces/${namespace || 'default'}/${kind.toLowerCase()}s/${name}`;
  return [
    ...optional('ISTIO_META_WORKLOAD_NAME', (isNamed && labelOf(input, LABEL.workloadName)) || name),
    ...(apiVersion !== '' && name !== '' ? [variable('ISTIO_META_OWNER', owner)] : []),
  ];
}

/** Where the pod's own bootstrap is. */
export function toBootstrapVariables(input: TemplateInput): Variables {
  if (findAnnotation(input, ANNOTATION.bootstrapOverride) === undefined) return [];
  return [variable('ISTIO_BOOTSTRAP_OVERRIDE', '/etc/istio/custom-bootstrap/custom_bootstrap.json')];
}

/** Which mesh the proxy is of. */
export function toMeshVariables(input: TemplateInput): Variables {
  const trustDomain = trustDomainOf(input);
  return [
    ...optional('ISTIO_META_MESH_ID', globalText(input, 'meshID') || trustDomain),
    ...optional('TRUST_DOMAIN', trustDomain),
  ];
}

/** What traces say of the workload. */
export function toTracingVariables(input: TemplateInput): Variables {
  return [...toDatadogVariables(input), ...optional('OTEL_RESOURCE_ATTRIBUTES', toOtelAttributes(input))];
}

function toDatadogVariables(input: TemplateInput): Variables {
  const written = findAnnotation(input, ANNOTATION.datadogEnvironment);
  if (globalText(input, 'proxy', 'tracer') !== 'datadog' || written === undefined) return [];
  const variables = sortFields(parseObject(written));
  return Object.entries(variables).map(([name, value]) =>
    variable(name, typeof value === 'object' ? JSON.stringify(value) : String(value)),
  );
}

/** What the mesh sends to applications' own addresses only, probes must reach there too. */
export function toProbeVariables({ mesh }: TemplateInput): Variables {
  if (textAt(mesh, 'inboundTrafficPolicy', 'mode') !== 'LOCALHOST') return [];
  return [variable('REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION', 'true')];
}
