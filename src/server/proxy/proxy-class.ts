import type { ProxyConfig, TrafficConfig } from '../../model/mesh-config.ts';
import type { Proxy } from '../../model/proxy.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import { reduceLabels } from '../../model/relevant-labels.ts';
import { Interned, identityOf } from './interned.ts';

/** Hands out the classes of proxies: one instance for all that compile functions cannot tell apart. */
export class ProxyClasses {
  readonly #classes = new Interned<ProxyClass>();
  readonly #known = new WeakMap<Proxy, { readonly relevantLabels: ReadonlySet<string>; readonly value: ProxyClass }>();

  /** `relevantLabels`: the label keys that any rule of the mesh asks for. */
  classOf(proxy: Proxy, relevantLabels: ReadonlySet<string>): ProxyClass {
    const known = this.#known.get(proxy);
    if (known?.relevantLabels === relevantLabels) return known.value;
    const value = this.#find(toClass(proxy, relevantLabels));
    this.#known.set(proxy, { relevantLabels, value });
    return value;
  }

  #find({ capabilities, proxyConfig, ...rest }: ProxyClass): ProxyClass {
    const text = JSON.stringify([identityOf(capabilities), identityOf(proxyConfig), rest]);
    return this.#classes.get(text, () => ({ capabilities, proxyConfig, ...rest }));
  }
}

function toClass(proxy: Proxy, relevantLabels: ReadonlySet<string>): ProxyClass {
  const { type, namespace, dnsDomain, ipMode, cluster, network, interception, capabilities, settings, proxyConfig } =
    proxy;
  const labels = reduceLabels(proxy.labels, relevantLabels);
  return {
    type,
    namespace,
    dnsDomain,
    ipMode,
    cluster,
    network,
    interception,
    capabilities,
    settings,
    proxyConfig: trafficConfigOf(proxyConfig),
    labels,
  };
}

const trafficConfigs = new Interned<TrafficConfig>();
const knownConfigs = new WeakMap<ProxyConfig, TrafficConfig>();

/** What proxies are started with tells them apart nowhere else: equal rests are the identical value. */
function trafficConfigOf(config: ProxyConfig): TrafficConfig {
  const known = knownConfigs.get(config);
  if (known !== undefined) return known;
  const { proxyHeaders, gatewayTopology, connectionSettings } = config;
  const traffic = { proxyHeaders, gatewayTopology, ...(connectionSettings && { connectionSettings }) };
  const interned = trafficConfigs.get(JSON.stringify(traffic), () => traffic);
  knownConfigs.set(config, interned);
  return interned;
}
