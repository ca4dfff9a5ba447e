import type { ProxyConfigOverride } from '../model/proxy-config-override.ts';
import { Fault } from '../kit/fault.ts';
import { describeBadValue, listBadValues } from './annotations/check-pod-metadata.ts';
import { decideInjection, type InjectionDecision } from './decision.ts';
import { holdsByValue } from './pod/hold.ts';
import { labelNetwork, setProxyVariables } from './finish/cluster-variables.ts';
import { orderContainers } from './finish/container-order.ts';
import { rewriteProbes } from './finish/probe-rewriting.ts';
import { announceSecureMetrics, mergeMetrics } from './finish/prometheus.ts';
import { printStatus } from './finish/status.ts';
import { withMetadata } from './containers.ts';
import { injectFault } from './fault.ts';
import type { InjectionConfig } from './injection-config.ts';
import { findText, isJsonObject, type JsonObject, objectAt, textAt } from './json.ts';
import { fillMesh, findProxyConfig, holdsApplication } from './mesh-settings.ts';
import { ANNOTATION, LABEL } from './names.ts';
import { reapplyOverrides } from './overrides.ts';
import { findWorkload, type Workload } from './owner.ts';
import { createJsonPatch, type PatchOperation } from './patch/json-patch.ts';
import { followProxyUser } from './proxy-user.ts';
import { runTemplates } from './run-templates.ts';
import { clearSharedUser } from './shared-user.ts';
import { toTemplateInput } from './template-basis.ts';

/** All that injection depends on beside the pod. */
export interface InjectionSetting {
  /** Where the pod will be. */
  readonly namespace: {
    readonly name: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly config: InjectionConfig;
  /** The installation's values, defaults filled in: `parseInjectionValues`. */
  readonly values: JsonObject;
  /** The mesh configuration as it is written. */
  readonly mesh: JsonObject;
  /** Of the control plane; empty for the default one. */
  readonly revision: string;
  /** Whether every node that the pod could run on starts sidecars before init containers. */
  readonly nativeSidecars: boolean;
  /** ProxyConfig resources in creation order. */
  readonly proxyConfigs?: readonly ProxyConfigOverride[];
  /** Variables of the proxy that the webhook's address sets: `ISTIO_META_CLUSTER_ID`, `ISTIO_META_NETWORK` and any other. */
  readonly proxyVariables?: Readonly<Record<string, string>>;
  /** What the pod is a copy of, where that is known better than the pod tells: from a file with its Deployment. */
  readonly workload?: Workload;
  /** Whether the platform gives all containers of a pod one user, and each namespace users of its own. */
  readonly isOpenShift?: boolean;
  /** What proxies may encrypt with; empty or absent for anything. */
  readonly compliancePolicy?: string;
  /** Variables of the control plane's environment, for templates that ask for them. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** What became of a pod. */
export type InjectionResult =
  | {
      readonly kind: 'injected';
      readonly decision: InjectionDecision;
      readonly pod: JsonObject;
      /** From the pod as it came to `pod`. */
      readonly patch: readonly PatchOperation[];
    }
  | { readonly kind: 'skipped'; readonly decision: InjectionDecision }
  | { readonly kind: 'refused'; readonly decision: InjectionDecision; readonly fault: Fault };

/**
 * Decides on a pod, and makes it one of the mesh. Nothing is changed in place, and the same pod in the same setting gives the same patch; an
 * injected pod is left as it is, or brought up to date.
 *
 * @see istio pkg/kube/inject/webhook.go `injectPod`
 */
export function inject(pod: JsonObject, setting: InjectionSetting): InjectionResult {
  const decision = decideInjection(pod, setting.config, setting.namespace.name);
  if (!decision.inject) return { kind: 'skipped', decision };
  try {
    const injected = toInjectedPod(pod, setting);
    return { kind: 'injected', decision, pod: injected, patch: createJsonPatch(pod, injected) };
  } catch (error) {
    if (error instanceof Fault) return { kind: 'refused', decision, fault: error };
    throw error;
  }
}

/**
 * Makes a pod one of the mesh, whatever is decided on it.
 * @throws Fault `INJECT_TEMPLATE_FAILED`, `INJECT_POD_REFUSED`
 */
function toInjectedPod(received: JsonObject, setting: InjectionSetting): JsonObject {
  const [bad] = listBadValues(received);
  if (bad !== undefined) throw injectFault('INJECT_POD_REFUSED', describeBadValue(bad));
  const pod = setting.isOpenShift ? clearSharedUser(received) : received;
  const mesh = fillMesh(setting.mesh);
  const { namespace, values } = setting;
  const home = textAt(pod, 'metadata', 'namespace') || namespace.name;
  const proxyConfig = findProxyConfig(mesh, pod, home, setting.proxyConfigs ?? []);
  const workload = setting.workload ?? findWorkload(pod, home);
  const variables = findProxyVariables(pod, setting);
  const input = toTemplateInput({ pod, mesh, proxyConfig, workload, setting });
  const { merged, templatePod } = runTemplates(pod, input, setting.config);
  const own = followProxyUser(reapplyOverrides(merged, pod, templatePod), pod, proxyConfig);
  const placed = setProxyVariables(own, variables);
  const measured = announceSecureMetrics(mergeMetrics(placed, mesh));
  const probed = rewriteProbes(measured, values, mesh);
  const labelled = labelNetwork(probed, variables.ISTIO_META_NETWORK);
  const annotated = withMetadata(labelled, 'annotations', {
    [ANNOTATION.status]: printStatus(templatePod, setting.revision),
    ...setting.config.injectedAnnotations,
  });
  return orderContainers(annotated, holdsApplication(mesh, pod) || holdsByValue(values));
}

/** Where a pod is, by the values, the webhook's address, or its own label, each before the other. */
function findProxyVariables(pod: JsonObject, setting: InjectionSetting): Readonly<Record<string, string>> {
  const given = setting.proxyVariables ?? {};
  const global = objectAt(setting.values, 'global');
  const cluster = given.ISTIO_META_CLUSTER_ID || textAt(global, 'multiCluster', 'clusterName');
  const label = findText(pod, 'metadata', 'labels', LABEL.network);
  const network = label ?? (given.ISTIO_META_NETWORK || textAt(global, 'network'));
  return {
    ...given,
    ...(cluster !== '' && { ISTIO_META_CLUSTER_ID: cluster }),
    ...(network !== '' && { ISTIO_META_NETWORK: network }),
  };
}

/** Whether a parsed document can be a pod at all. */
export function isPod(value: unknown): value is JsonObject {
  return (
    isJsonObject(value) && isJsonObject(value.spec) && (value.metadata === undefined || isJsonObject(value.metadata))
  );
}
