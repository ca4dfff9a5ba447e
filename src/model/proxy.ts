import type { Labels } from './object.ts';
import type { ProxyConfig } from './mesh-config.ts';

/** How connections reach a proxy: captured by iptables, or (`NONE`) because somebody calls it. */
export type InterceptionMode = 'REDIRECT' | 'TPROXY' | 'NONE';
/** The address families of a proxy. */
export type IpMode = 'ipv4' | 'ipv6' | 'dual';

/**
 * What a proxy can do, read from what it says of itself, never from its version.
 * `identity` is where its certificates come from: `agent` is the `sds-grpc` cluster of its bootstrap, `none` cannot do mTLS at all.
 */
export interface Capabilities {
  readonly identity: 'agent' | 'none';
  /** `istio.*` filters are compiled in (istio-proxy). */
  readonly istioFilters: boolean;
  /** Names of all extensions it listed; empty when it listed none, which is read as stock Envoy. */
  readonly extensions: ReadonlySet<string>;
}

/** Where a proxy runs; parts that are not known are empty. */
export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly subzone: string;
}

/**
 * One connected proxy: Envoy's node, read once. Immutable; a change of what is known about it makes a new value.
 * @see istio pilot/pkg/model/context.go `Proxy`
 */
export interface Proxy {
  /** The whole node id, `sidecar~10.0.0.1~pod.ns~ns.svc.cluster.local`. */
  readonly id: string;
  readonly type: 'sidecar' | 'router';
  readonly ipAddresses: readonly [string, ...string[]];
  readonly ipMode: IpMode;
  /** `pod` part of `pod.ns`. */
  readonly name: string;
  readonly dnsDomain: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly cluster: string;
  readonly network: string;
  readonly nodeName: string;
  readonly locality: Locality;
  readonly interception: InterceptionMode;
  readonly capabilities: Capabilities;
  readonly settings: ProxySettings;
  /** Its Istio version; empty when it sent none. */
  readonly version: string;
  /** Its node metadata as it was sent. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The proxy's own view of its configuration when it sent one, else the mesh's default. */
  readonly proxyConfig: ProxyConfig;
}

/** Node metadata that shapes listeners and clusters. Absent fields were not sent. */
export interface ProxySettings {
  readonly http10: boolean;
  readonly httpProxyPort?: number;
  readonly idleTimeoutMs?: number;
  readonly unprivileged: boolean;
  readonly inboundExactBalance: boolean;
  readonly outboundExactBalance: boolean;
  readonly dnsCapture: boolean;
  readonly dnsAutoAllocate: boolean;
  /** Ports that the proxy itself answers on, which no wildcard listener may take. */
  readonly reservedPorts: readonly number[];
  /** Networks it asked to see; empty is all. */
  readonly networkView: readonly string[];
  /** Client certificate files that replace the mesh identity (`TLS_CLIENT_*`). */
  readonly clientCertificate?: { readonly chain: string; readonly key: string; readonly root: string };
  /** Files that replace what it shows to its callers, and what it checks them by (`TLS_SERVER_*`); either may be absent. */
  readonly serverFiles?: {
    readonly certificate?: { readonly chain: string; readonly key: string };
    readonly root?: string;
  };
}
