import { isSelectedBy, type Labels, type Meta } from './object.ts';

/**
 * One ProxyConfig resource: settings of the proxies of a namespace, or of some of its workloads, that replace those of the mesh.
 * @see istio networking/v1beta1/proxy_config.proto
 */
export interface ProxyConfigOverride {
  readonly meta: Meta;
  /** Absent: every workload of the namespace, and of all of them in the root namespace. Empty: none. */
  readonly selector?: Labels;
  /** Worker threads; 0 is one for each core. */
  readonly concurrency?: number;
  /** Environment of the proxy, added to what is set elsewhere. */
  readonly environment: Readonly<Record<string, string>>;
  /** Variant of the proxy's image. */
  readonly imageType?: string;
}

/** The ProxyConfigs that concern one workload, each the oldest of its reach. */
export interface OverrideChoice {
  readonly root?: ProxyConfigOverride;
  readonly namespace?: ProxyConfigOverride;
  readonly workload?: ProxyConfigOverride;
}

/**
 * Finds the ProxyConfigs that concern a workload. One for chosen workloads reaches no further than its own namespace, the root namespace's as
 * well.
 * @param overrides In creation order.
 * @see istio pilot/pkg/model/proxy_config.go `EffectiveProxyConfig`
 */
export function chooseOverrides(
  overrides: readonly ProxyConfigOverride[],
  workload: { readonly namespace: string; readonly labels: Labels },
  rootNamespace: string,
): OverrideChoice {
  const findGeneral = (namespace: string) =>
    overrides.find(({ meta, selector }) => meta.namespace === namespace && selector === undefined);
  const root = findGeneral(rootNamespace);
  const namespace = workload.namespace === rootNamespace ? undefined : findGeneral(workload.namespace);
  const own = overrides.find(
    ({ meta, selector }) =>
      meta.namespace === workload.namespace &&
      selector !== undefined &&
      Object.keys(selector).length > 0 &&
      isSelectedBy(workload.labels, selector),
  );
  return { ...(root && { root }), ...(namespace && { namespace }), ...(own && { workload: own }) };
}
