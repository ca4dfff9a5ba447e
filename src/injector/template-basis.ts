import { withoutContainers } from './containers.ts';
import { withoutMergedMetrics } from './finish/prometheus.ts';
import { findStatus } from './finish/status.ts';
import { toInitImage, toProxyImage } from './images.ts';
import type { InjectionSetting } from './inject.ts';
import type { JsonObject } from './json.ts';
import { withMetadata } from './containers.ts';
import { ANNOTATION } from './names.ts';
import { reinsertOverrides } from './overrides.ts';
import type { Workload } from './owner.ts';
import { findProxyIds, PROXY_ID } from './proxy-ids.ts';
import type { TemplateInput } from './template-input.ts';

interface Basis {
  readonly pod: JsonObject;
  readonly mesh: JsonObject;
  readonly proxyConfig: JsonObject;
  readonly workload: Workload;
  readonly setting: InjectionSetting;
}

/** Collects what templates look at. */
export function toTemplateInput({ pod, mesh, proxyConfig, workload, setting }: Basis): TemplateInput {
  const bare = reinsertOverrides(stripInjection(pod, mesh));
  const ids = setting.isOpenShift
    ? findProxyIds(setting.namespace.annotations ?? {})
    : { uid: PROXY_ID, gid: PROXY_ID };
  return {
    pod: bare,
    workload,
    values: setting.values,
    mesh,
    proxyConfig,
    revision: setting.revision,
    nativeSidecars: setting.nativeSidecars,
    proxyImage: toProxyImage(setting.values, proxyConfig, bare),
    proxyInitImage: toInitImage(setting.values, bare),
    proxyUid: ids.uid,
    proxyGid: ids.gid,
    compliancePolicy: setting.compliancePolicy ?? '',
    environment: setting.environment ?? {},
  };
}

/** `pod` without what an earlier injection added. Volumes stay: they are told apart by name. */
function stripInjection(pod: JsonObject, mesh: JsonObject): JsonObject {
  const status = findStatus(pod);
  if (status === undefined) return pod;
  const bare = withoutContainers(
    withoutContainers(pod, 'containers', status.containers),
    'initContainers',
    status.initContainers,
  );
  return withMetadata(withoutMergedMetrics(bare, mesh), 'annotations', { [ANNOTATION.status]: undefined });
}
