import type { Proxy } from '../../model/proxy.ts';
import type { ProxyClass } from '../../model/proxy-class.ts';
import { reduceLabels } from '../../model/relevant-labels.ts';
import { Interned, identityOf } from './interned.ts';

/** Hands out the classes of proxies: one instance for all that compile functions cannot tell apart. */
export class ProxyClasses {
  readonly #classes = new Interned<ProxyClass>();

  /** `relevantLabels`: the label keys that any rule of the mesh asks for. */
  classOf(proxy: Proxy, relevantLabels: ReadonlySet<string>): ProxyClass {
    const { capabilities, proxyConfig, ...rest } = toClass(proxy, relevantLabels);
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
    proxyConfig,
    labels,
  };
}
