import { overlayOverride, overlayProxyConfig } from '../../config/mesh/overlay-proxy-config.ts';
import { readWrittenProxyConfig } from '../../config/mesh/read-proxy-config.ts';
import type { ProxyConfig } from '../../model/mesh-config.ts';
import type { Proxy } from '../../model/proxy.ts';
import { chooseOverrides, type ProxyConfigOverride } from '../../model/proxy-config-override.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { Workload } from '../../model/workload.ts';
import { readStringMap } from './metadata.ts';

const ANNOTATION = 'proxy.istio.io/config';

/**
 * The settings of a proxy that brings none: those of the mesh, under the ProxyConfig of the root namespace, of its namespace, the annotation of
 * its Pod and the ProxyConfig that selects it. Identical for identical parts, so that proxies go on sharing what is compiled for them.
 *
 * A proxy that brings its settings has had all this when it was started, and no change of it concerns a process that runs.
 * @see istio pilot/pkg/model/proxy_config.go `EffectiveProxyConfig`
 */
export function findProxyConfig(
  proxy: Pick<Proxy, 'namespace' | 'labels' | 'metadata'>,
  workload: Workload | undefined,
  { mesh, proxyConfigs }: Snapshot,
): ProxyConfig {
  const { root, namespace, workload: own } = chooseOverrides(proxyConfigs, proxy, mesh.rootNamespace);
  const annotation = workload?.proxyConfig ?? readStringMap(proxy.metadata, 'ANNOTATIONS')[ANNOTATION];
  const general = under(under(mesh.defaultConfig, root), namespace);
  return under(annotation === undefined ? general : underText(general, annotation), own);
}

const overlaid = new WeakMap<ProxyConfig, WeakMap<ProxyConfigOverride, ProxyConfig>>();

function under(base: ProxyConfig, override: ProxyConfigOverride | undefined): ProxyConfig {
  if (override === undefined) return base;
  const known = overlaid.get(base) ?? new WeakMap<ProxyConfigOverride, ProxyConfig>();
  overlaid.set(base, known);
  const config = known.get(override) ?? overlayOverride(base, override);
  known.set(override, config);
  return config;
}

const annotated = new WeakMap<ProxyConfig, WeakMap<object, ProxyConfig>>();

function underText(base: ProxyConfig, text: string): ProxyConfig {
  const written = readWrittenProxyConfig(text);
  if (written === undefined) return base;
  const known = annotated.get(base) ?? new WeakMap<object, ProxyConfig>();
  annotated.set(base, known);
  const config = known.get(written) ?? overlayProxyConfig(base, written);
  known.set(written, config);
  return config;
}
