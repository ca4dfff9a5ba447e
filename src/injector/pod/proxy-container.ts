import { isGiven, type JsonObject, objectAt } from '../json.ts';
import { ANNOTATION, CONTAINER } from '../names.ts';
import type { TemplateInput } from '../template-input.ts';
import { globalText, globalValue, imageOf, pullPolicyOf, settingOf } from './setting.ts';

/** Port of Envoy's metrics. */
export const ENVOY_METRICS = [{ containerPort: 15090, protocol: 'TCP', name: 'http-envoy-prom' }];

/** What every proxy's container begins with. */
export function toProxyFrame(input: TemplateInput): JsonObject {
  return { name: CONTAINER.proxy, image: imageOf(input, 'proxy'), ...pullPolicyOf(input) };
}

/** What the agent is started with. */
export function toProxyArguments(input: TemplateInput, role: 'sidecar' | 'router'): readonly string[] {
  const tokenPort = globalText(input, 'sts', 'servicePort');
  return [
    'proxy',
    role,
    ...['--domain', `$(POD_NAMESPACE).svc.${globalText(input, 'proxy', 'clusterDomain')}`],
    `--proxyLogLevel=${settingOf(input, ANNOTATION.logLevel, 'proxy', 'logLevel')}`,
    `--proxyComponentLogLevel=${settingOf(input, ANNOTATION.componentLogLevel, 'proxy', 'componentLogLevel')}`,
    `--log_output_level=${settingOf(input, ANNOTATION.agentLogLevel, 'logging', 'level')}`,
    ...(tokenPort === '' || tokenPort === '0' ? [] : [`--stsPort=${tokenPort}`]),
    ...(isGiven(globalValue(input, 'logAsJson')) ? ['--log_as_json'] : []),
  ];
}

/** What the values say of the container's start and end; an empty object where they say nothing. */
export function findLifecycle({ values }: TemplateInput): JsonObject {
  return objectAt(values, 'global', 'proxy', 'lifecycle');
}

/** How often readiness is asked for; what is as in Kubernetes by default, 0 seconds, is left out. */
export function toReadiness(
  port: number,
  settings: readonly [delay: string, period: string, threshold: string],
): JsonObject {
  const [delay, period, threshold] = settings.map(Number);
  return {
    httpGet: { path: '/healthz/ready', port },
    ...(delay && { initialDelaySeconds: delay }),
    ...(period && { periodSeconds: period }),
    timeoutSeconds: 3,
    ...(threshold && { failureThreshold: threshold }),
  };
}

/** How often readiness is asked for, as annotations and values say. */
export function toAnnotatedReadiness(input: TemplateInput, port: number): JsonObject {
  return toReadiness(port, [
    settingOf(input, ANNOTATION.readinessInitialDelay, 'proxy', 'readinessInitialDelaySeconds'),
    settingOf(input, ANNOTATION.readinessPeriod, 'proxy', 'readinessPeriodSeconds'),
    settingOf(input, ANNOTATION.readinessFailureThreshold, 'proxy', 'readinessFailureThreshold'),
  ]);
}
