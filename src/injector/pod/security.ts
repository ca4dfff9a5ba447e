import { isGiven, type JsonObject } from '../json.ts';
import { ANNOTATION } from '../names.ts';
import { PROXY_ID } from '../proxy-ids.ts';
import type { TemplateInput } from '../template-input.ts';
import { globalValue, interceptionModeOf, proxyMetadataOf, seccompOf, settingOf } from './setting.ts';

/** What a sidecar's proxy may do. It is root only to take connections with their original addresses, to bind low ports, or to trace rules. */
export function toSidecarSecurity(input: TemplateInput): JsonObject {
  const { proxyUid, proxyGid } = input;
  const privileged = isGiven(globalValue(input, 'proxy', 'privileged'));
  if (proxyMetadataOf(input).IPTABLES_TRACE_LOGGING === 'true')
    return security(input, true, ['NET_ADMIN'], { runAsGroup: proxyGid, runAsNonRoot: false, runAsUser: 0 });
  const added = listCapabilities(input);
  if (added.length > 0)
    return security(input, privileged, added, { runAsGroup: PROXY_ID, runAsNonRoot: false, runAsUser: 0 });
  return security(input, privileged, [], { runAsGroup: proxyGid, runAsNonRoot: true, runAsUser: proxyUid });
}

function listCapabilities(input: TemplateInput): readonly string[] {
  const bindsLowPorts = settingOf(input, ANNOTATION.capNetBindService, 'proxy', 'capNetBindService') === 'true';
  return [
    ...(interceptionModeOf(input) === 'TPROXY' ? ['NET_ADMIN'] : []),
    ...(bindsLowPorts ? ['NET_BIND_SERVICE'] : []),
  ];
}

function security(input: TemplateInput, privileged: boolean, add: readonly string[], user: JsonObject): JsonObject {
  return {
    allowPrivilegeEscalation: privileged,
    capabilities: { ...(add.length > 0 && { add }), drop: ['ALL'] },
    privileged,
    readOnlyRootFilesystem: true,
    ...user,
    ...seccompOf(input),
  };
}
