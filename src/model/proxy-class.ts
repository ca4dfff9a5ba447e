import type { TrafficConfig } from './mesh-config.ts';
import type { Labels } from './object.ts';
import type { Capabilities, InterceptionMode, IpMode, ProxySettings } from './proxy.ts';

/**
 * What proxies that are served the same outbound configuration have in common, and nothing else: the part of a proxy that compile
 * functions may look at. Interned: two proxies of one class hold the identical value.
 */
export interface ProxyClass {
  readonly type: 'sidecar' | 'router';
  readonly namespace: string;
  readonly dnsDomain: string;
  readonly ipMode: IpMode;
  readonly cluster: string;
  readonly network: string;
  readonly interception: InterceptionMode;
  readonly capabilities: Capabilities;
  readonly settings: ProxySettings;
  readonly proxyConfig: TrafficConfig;
  /** The proxy's labels, reduced to the keys that some rule in its scope asks for (`sourceLabels`, `workloadSelector`, failover labels). */
  readonly labels: Labels;
}
