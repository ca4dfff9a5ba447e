import { isGiven, type JsonObject, spelledAt } from '../json.ts';
import { ANNOTATION, CONTAINER } from '../names.ts';
import { PROXY_ID } from '../proxy-ids.ts';
import type { TemplateInput } from '../template-input.ts';
import { toCapture } from './capture.ts';
import { toMetadataVariables } from './environment.ts';
import { toResources } from './resources.ts';
import {
  findAnnotation,
  globalValue,
  hasCni,
  imageOf,
  interceptionModeOf,
  pullPolicyOf,
  seccompOf,
  settingOf,
} from './setting.ts';

/** The container that captures the pod's traffic, or checks that a CNI plugin did. */
export function toInitContainer(input: TemplateInput): JsonObject {
  const variables = toMetadataVariables(input);
  return {
    name: hasCni(input) ? CONTAINER.validation : CONTAINER.init,
    image: imageOf(input, 'proxy_init'),
    args: toArguments(input),
    ...pullPolicyOf(input),
    ...(variables.length > 0 && { env: variables }),
    resources: toResources(input),
    securityContext: { ...toSecurity(input), ...seccompOf(input) },
  };
}

function toArguments(input: TemplateInput): readonly string[] {
  const capture = toCapture(input);
  const excluded = capture.excludeInboundPorts;
  return [
    'istio-iptables',
    ...['-p', spelledAt(input.mesh, 'proxyListenPort') || '15001'],
    ...['-z', spelledAt(input.mesh, 'proxyInboundListenPort') || '15006'],
    ...['-u', String(capture.mode === 'TPROXY' ? PROXY_ID : input.proxyUid)],
    ...['-m', capture.mode],
    ...['-i', capture.includeIpRanges],
    ...['-x', capture.excludeIpRanges],
    ...['-b', capture.includeInboundPorts],
    // The ports of Envoy's own metrics and readiness are never captured.
    ...['-d', excluded === '' ? '15090,15021' : `15090,15021,${excluded}`],
    ...toOption('-q', capture.includeOutboundPorts),
    ...toOption('-o', capture.excludeOutboundPorts),
    ...toOption(
      '-k',
      findAnnotation(input, ANNOTATION.rerouteInterfaces) ?? findAnnotation(input, ANNOTATION.kubevirtInterfaces),
    ),
    ...toOption('-c', findAnnotation(input, ANNOTATION.excludeInterfaces)),
    `--log_output_level=${settingOf(input, ANNOTATION.agentLogLevel, 'logging', 'level')}`,
    ...(isGiven(globalValue(input, 'logAsJson')) ? ['--log_as_json'] : []),
    ...toRuleOptions(input),
    ...(isGiven(globalValue(input, 'nativeNftables')) ? ['--native-nftables'] : []),
  ];
}

function toOption(name: string, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [name, value];
}

function toRuleOptions(input: TemplateInput): readonly string[] {
  if (hasCni(input)) return ['--run-validation', '--skip-rule-apply'];
  return isGiven(globalValue(input, 'proxy_init', 'forceApplyIptables')) ? ['--force-apply'] : [];
}

function toSecurity(input: TemplateInput): JsonObject {
  const privileged = isGiven(globalValue(input, 'proxy', 'privileged'));
  const shared = { allowPrivilegeEscalation: privileged, privileged };
  if (!hasCni(input)) {
    const capabilities = { add: ['NET_ADMIN', 'NET_RAW'], drop: ['ALL'] };
    const root = { runAsGroup: 0, runAsNonRoot: false, runAsUser: 0 };
    return { ...shared, capabilities, readOnlyRootFilesystem: false, ...root };
  }
  const isTproxy = interceptionModeOf(input) === 'TPROXY';
  return {
    ...shared,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
    runAsGroup: isTproxy ? PROXY_ID : input.proxyGid,
    runAsUser: isTproxy ? PROXY_ID : input.proxyUid,
    runAsNonRoot: true,
  };
}
